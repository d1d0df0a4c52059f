"""Dates as people say them to customers, in Chinese and English: `within two weeks`, `下周三前`, `tomorrow 10`.

`words` brings a text into one form, `grammar` says what it may be made of, `reading` makes a moment of it on a calendar. All pure.
"""
