"""Words of synthetic complaints: telecom causes, put together at random, mostly Chinese, some English. Nobody is real."""

from __future__ import annotations

from random import Random

TAGS = (
    "charge.wrong_bill",
    "charge.overage_data",
    "charge.roaming",
    "net.indoor",
    "net.slow",
    "svc.attitude",
    "sales.benefit_missing",
    "tariff.too_big",
)
CHANNELS = ("phone", "phone", "phone", "app", "web", "shop", "sms")
PLACES = ("石家庄", "保定", "唐山", "邯郸", "沧州", "廊坊", "衡水", "张家口")
SEGMENTS = ("high_value", "mass", "mass", "mass", "youth")
_WHEN = ("上个月", "这个月", "昨天晚上", "春节期间", "国庆回家的时候", "出差那几天", "三天前", "从去年年底开始")
_WHAT = (
    "账单多扣了{n}元流量费",
    "手机在家里一点信号都没有,打电话老断线",
    "上网速度很慢,看视频一直转圈",
    "莫名其妙开通了{n}元的增值业务,我根本没有订",
    "漫游费扣了{n}块,事先没有人提醒我",
    "说好送的贵宾卡六个月了还没有收到",
    "套餐根本用不完,每个月白交{n}元",
    "营业厅的人态度很差,问什么都不耐烦",
    "宽带报修了{n}次都没有人上门",
    "积分换的礼品寄错了,换了{n}回还是不对",
)
_SINCE = (
    "打了{k}次客服电话都说在查",
    "营业员让我等{k}天,到现在没有消息",
    "没有一个人给我回电话",
    "每次都换一个人,每次都要从头讲起",
    "你们就会说抱歉",
)
_WISH = (
    "我要求退费并给书面说明。",
    "请尽快解决,不然我就换运营商。",
    "希望给个说法。",
    "请帮我换一个合适的套餐。",
    "再不处理我就去投诉到主管部门。",
)
_ENGLISH = (
    "My bill for this month shows {n} yuan of roaming charges although I never left the province.",
    "The signal at home has been gone for {k} days and nobody calls me back.",
    "I was told the refund of {n} yuan would come within two weeks; it has been two months.",
    "Please find me a plan that fits, I pay {n} yuan and use half of it.",
)


def words(random: Random) -> str:
    """What one customer says: 30 to 80 characters."""
    n, k = random.randint(5, 480), random.randint(2, 9)
    if random.random() < 0.1:
        return random.choice(_ENGLISH).format(n=n, k=k)
    parts = (
        random.choice(_WHEN),
        random.choice(_WHAT).format(n=n),
        ",",
        random.choice(_SINCE).format(k=k),
        "。",
        random.choice(_WISH),
    )
    return "".join(parts)
