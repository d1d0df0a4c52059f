from __future__ import annotations

from django.urls import path

from bench.django_app.views import OpenView, TransitionView

urlpatterns = [
    path("v1/complaints", OpenView.as_view()),
    path("v1/complaints/<uuid:pk>/transitions", TransitionView.as_view()),
]
