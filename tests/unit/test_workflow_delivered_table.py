"""The delivered workflow as a table: state + trigger + facts -> result."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.workflow.machine import Accepted, Command, decide
from tests.unit.workflow_builders import DELIVERED, FRESH, NOW, loaded

DEFINITION = loaded(DELIVERED.read_text("utf-8"))
SOLUTION = {"remedy_kind": "refund", "remedy_text": "多收的退还", "remedy_amount": "12.50", "suggestion": "no", "emotion_end": 2}
FIRST = {
    "remedy_kind": "explanation",
    "remedy_text": "已讲清",
    "customer_agrees": True,
    "suggestion": "not_fitting",
    "emotion_end": 1,
}
DIAGNOSIS = {"motives": ["vent", "redress"], "claim": "duty"}
WINDOW = {"window_from": "2026-03-11T09:00:00+08:00", "window_until": "2026-03-11T11:00:00+08:00"}
FINAL = {"final_answer": "无法减免", "alternatives": "分期、换套餐", "evidence": "录音与账单", "appeal_told": True}
TRIED = {"complaint.attempts": 3, "complaint.attempt_days": 2, "complaint.attempt_dayparts": 2}
SOLVED = {"complaint.resolved": True}
RECORDED_ESCALATION = {"recorded.escalate_reason": "regulator"}

# stage, step, role, facts besides FRESH, data, result: the stage after it, or the codes of the refusal
Row = tuple[str, str, str, dict[str, Any], dict[str, Any], str]
TABLE: list[Row] = [
    # A1, A2: the straight way, one tick each for vent and apologize
    ("intake", "begin", "handler", {}, {}, "vent"),
    ("intake", "begin", "first_line", {}, {}, "vent"),
    ("intake", "begin", "marketer", {}, {}, "role_refused"),
    ("vent", "heard_out", "handler", {}, {"heard": True}, "apologize"),
    ("vent", "heard_out", "handler", {}, {"heard": True, "emotion": 5}, "apologize"),
    ("vent", "heard_out", "handler", {}, {"heard": False}, "field_must_be_ticked"),
    ("vent", "heard_out", "handler", {}, {"heard": True, "emotion": 6}, "field_out_of_range"),
    ("vent", "heard_out", "handler", {}, {}, "field_missing"),
    ("apologize", "apologized", "shop", {}, {"apologized": True}, "diagnose"),
    ("diagnose", "diagnosed", "handler", {}, DIAGNOSIS, "resolve"),
    ("diagnose", "diagnosed", "handler", {}, {"motives": ["unknown"], "claim": "impossible"}, "resolve"),
    ("diagnose", "diagnosed", "handler", {}, {"motives": [], "claim": "duty"}, "field_choice_count"),
    ("diagnose", "diagnosed", "first_line", {}, DIAGNOSIS, "role_refused"),
    ("resolve", "solved", "handler", {}, SOLUTION, "care"),
    ("resolve", "solved", "handler", {}, {**SOLUTION, "suggestion": "yes", "suggestion_text": "短信写清楚些"}, "care"),
    ("resolve", "solved", "handler", {}, {**SOLUTION, "remedy_kind": "apology"}, "field_not_applicable"),
    ("resolve", "solved", "handler", {}, {k: v for k, v in SOLUTION.items() if k != "emotion_end"}, "field_missing"),
    ("resolve", "solved", "handler", {}, {k: v for k, v in SOLUTION.items() if k != "remedy_text"}, "field_missing"),
    ("resolve", "solved", "handler", {"complaint.blocking_work_orders": 1}, SOLUTION, "no_blocking_work"),
    ("resolve", "solved", "handler", {}, {**SOLUTION, "promise_due": (NOW - timedelta(days=1)).isoformat()}, "promise_ahead"),
    ("resolve", "solved", "handler", {}, {**SOLUTION, "promise_due": (NOW + timedelta(days=1)).isoformat()}, "care"),
    ("resolve", "solved_without_waiting", "handler", {"complaint.blocking_work_orders": 1}, SOLUTION, "role_refused"),
    ("resolve", "solved_without_waiting", "supervisor", {"complaint.blocking_work_orders": 1}, SOLUTION, "note_required"),
    ("escalated", "escalation_solved", "handler", {"complaint.blocking_work_orders": 1}, SOLUTION, "no_blocking_work"),
    ("care", "care_then_follow_up", "handler", {}, {"care": "advice"}, "follow_up"),
    ("care", "care_then_follow_up", "handler", {}, {"care": "skipped_upset"}, "follow_up"),
    ("care", "care_then_follow_up", "handler", {}, {"care": "skipped"}, "field_not_an_option"),
    ("care", "care_then_follow_up", "handler", {}, {}, "field_missing"),
    ("opportunity_offer", "offer_done", "handler", {}, {"offer": "skipped_nothing_fits"}, "follow_up"),
    ("opportunity_offer", "offer_done", "handler", {}, {"offer": "accepted"}, "follow_up"),
    ("follow_up", "confirmed", "handler", {}, {"confirmed_by": "phone"}, "closed"),
    ("follow_up", "confirmed", "integration", {}, {"confirmed_by": "link"}, "closed"),
    ("follow_up", "confirmed", "system", {}, {"confirmed_by": "sms"}, "role_refused"),
    # the offer has its hard gate
    ("care", "care_then_offer", "handler", SOLVED, {"care": "advice"}, "opportunity_offer"),
    ("care", "care_then_offer", "handler", {}, {"care": "advice"}, "resolved"),
    ("care", "care_then_offer", "handler", {**SOLVED, "customer.sensitive": True}, {"care": "advice"}, "not_sensitive"),
    ("care", "care_then_offer", "handler", {**SOLVED, "complaint.sensitive": True}, {"care": "advice"}, "not_sensitive"),
    ("care", "care_then_offer", "handler", {**SOLVED, "complaint.emotion": 3}, {"care": "advice"}, "opportunity_offer"),
    ("care", "care_then_offer", "handler", {**SOLVED, "complaint.emotion": 4}, {"care": "advice"}, "calm"),
    ("care", "care_then_offer", "handler", {**SOLVED, "complaint.broken_promises": 1}, {"care": "advice"}, "word_kept"),
    ("care", "care_then_offer", "handler", {**SOLVED, **RECORDED_ESCALATION}, {"care": "advice"}, "not_in_dispute"),
    ("care", "care_then_offer", "handler", {**SOLVED, "recorded.final_answer": {"text": "1"}}, {"care": "advice"}, "not_in_dispute"),
    ("care", "care_then_offer", "handler", {"complaint.emotion": 5, "complaint.broken_promises": 2}, {"care": "advice"}, "resolved calm word_kept"),
    # E3: an approval is waited for, unless a supervisor says why not
    ("resolve", "solved", "handler", {"complaint.open_grants": 1}, SOLUTION, "no_open_grants"),
    ("resolve", "solved_without_waiting", "supervisor", {"complaint.open_grants": 1}, SOLUTION, "note_required"),
    ("resolve", "solved_without_waiting", "supervisor", {}, SOLUTION, "note_required"),
    ("resolve", "solved_without_waiting", "handler", {"complaint.open_grants": 1}, SOLUTION, "role_refused"),
    # A3: closed at the first contact
    ("intake", "close_at_first_contact", "first_line", {}, FIRST, "closed"),
    ("intake", "close_at_first_contact", "first_line", {}, {**FIRST, "customer_agrees": False}, "field_must_be_ticked"),
    ("intake", "close_at_first_contact", "first_line", {"complaint.severity": 3}, FIRST, "simple_case"),
    ("intake", "close_at_first_contact", "first_line", {"complaint.sensitive": True}, FIRST, "not_sensitive"),
    ("vent", "close_at_first_contact", "first_line", {}, FIRST, "transition_not_available"),
    # A3, looking into it first
    ("intake", "investigate", "first_line", {}, {}, "investigating"),
    ("diagnose", "investigate", "handler", {}, {}, "investigating"),
    ("investigating", "found", "handler", {}, {"finding": "计费系统重复扣费"}, "diagnose"),
    ("investigating", "found", "handler", {}, {"finding": " "}, "field_missing"),
    # A3: not satisfied, counted; vents again; hangs up
    ("resolve", "not_satisfied", "handler", {}, {}, "diagnose"),
    ("care", "not_satisfied", "handler", {}, {"still_wrong": "钱没到", "emotion": 4}, "diagnose"),
    ("follow_up", "not_satisfied", "system", {}, {}, "diagnose"),
    ("diagnose", "not_satisfied", "handler", {}, {}, "transition_not_available"),
    ("diagnose", "vent_again", "handler", {}, {"emotion": 5}, "vent"),
    ("follow_up", "vent_again", "first_line", {}, {}, "vent"),
    ("unreachable", "vent_again", "first_line", {}, {"emotion": 5}, "vent"),
    ("vent", "vent_again", "handler", {}, {}, "vent"),
    ("escalated", "vent_again", "handler", {}, {}, "escalated"),
    ("vent", "hang_up", "handler", {}, {"emotion_end": 5, "last_words": "我要转网"}, "calling_back"),
    ("vent", "hang_up", "handler", {}, {}, "field_missing"),
    ("opportunity_offer", "hang_up", "handler", {}, {"emotion_end": 4}, "follow_up"),
    ("follow_up", "hang_up", "handler", {}, {"emotion_end": 4}, "follow_up"),
    ("escalated", "hang_up", "supervisor", {}, {"emotion_end": 5}, "escalated"),
    # A3: calling back
    ("diagnose", "agree_callback", "handler", {}, WINDOW, "calling_back"),
    ("diagnose", "agree_callback", "handler", {}, {**WINDOW, "window_until": WINDOW["window_from"]}, "window_in_order"),
    ("diagnose", "agree_callback", "handler", {"now": NOW + timedelta(days=5)}, WINDOW, "window_ahead"),
    ("diagnose", "agree_callback", "handler", {"now": NOW - timedelta(days=20)}, WINDOW, "window_soon"),
    ("diagnose", "agree_callback", "handler", {}, {"window_from": "2026-03-11T09:00:00"}, "field_not_a_datetime field_missing"),
    ("calling_back", "agree_callback", "handler", {}, WINDOW, "calling_back"),
    ("calling_back", "reached", "handler", {}, {"outcome": "answered"}, "diagnose"),
    ("calling_back", "reached_with_answer", "handler", {}, {"outcome": "answered", "emotion": 1}, "resolve"),
    ("calling_back", "reached", "handler", {}, {"outcome": "no_answer"}, "field_not_an_option"),
    ("calling_back", "not_reached", "handler", {}, {"outcome": "no_answer"}, "calling_back"),
    ("calling_back", "not_reached", "handler", {}, {"outcome": "refused"}, "calling_back"),
    ("calling_back", "not_reached", "handler", {}, {"outcome": "wrong_number"}, "calling_back"),
    ("calling_back", "give_up_calling", "handler", TRIED, {}, "unreachable"),
    ("calling_back", "give_up_calling", "handler", {**TRIED, "complaint.attempts": 2}, {}, "enough_attempts"),
    ("calling_back", "give_up_calling", "handler", {**TRIED, "complaint.attempt_days": 1}, {}, "enough_days"),
    ("calling_back", "give_up_calling", "handler", {**TRIED, "complaint.attempt_dayparts": 1}, {}, "different_dayparts"),
    ("calling_back", "give_up_calling", "handler", {}, {}, "enough_attempts enough_days different_dayparts"),
    ("unreachable", "customer_back", "first_line", {}, {}, "diagnose"),
    ("unreachable", "customer_back", "integration", {}, {"channel": "sms"}, "diagnose"),
    ("unreachable", "close_unreached", "system", {}, {}, "closed"),
    ("unreachable", "close_unreached", "handler", {}, {}, "role_refused"),
    # waiting for the customer
    ("resolve", "ask_customer", "handler", {}, {"needed": "身份证复印件"}, "waiting_customer"),
    ("waiting_customer", "customer_back", "handler", {}, {"emotion": 2}, "diagnose"),
    ("waiting_customer", "no_word_from_customer", "system", {}, {}, "unreachable"),
    ("waiting_customer", "no_word_from_customer", "handler", {}, {}, "role_refused"),
    # waiting for internal work
    ("resolve", "order_work", "handler", {}, {"department": "billing", "request": "退费 12.50 元"}, "waiting_internal"),
    ("waiting_internal", "order_work", "handler", {}, {"department": "network", "request": "测速"}, "waiting_internal"),
    ("waiting_internal", "work_done", "handler", {}, {}, "resolve"),
    ("waiting_internal", "work_done", "system", {}, {}, "resolve"),
    ("waiting_internal", "work_done", "handler", {"complaint.open_work_orders": 1}, {}, "no_open_work"),
    ("waiting_internal", "go_on_without", "supervisor", {"complaint.open_work_orders": 1}, {}, "note_required"),
    ("waiting_internal", "go_on_without", "handler", {"complaint.open_work_orders": 1}, {}, "role_refused"),
    ("waiting_internal", "vent_again", "handler", {"complaint.open_work_orders": 1}, {}, "waiting_internal"),
    # A7, one voice to the customer
    ("diagnose", "escalate", "handler", {}, {"escalate_reason": "regulator", "threat": "我要打 12300"}, "escalated"),
    ("waiting_internal", "escalate", "first_line", {}, {"escalate_reason": "above"}, "escalated"),
    ("closed", "escalate", "handler", {}, {"escalate_reason": "media"}, "transition_not_available"),
    ("escalated", "escalate", "handler", {}, {"escalate_reason": "media"}, "transition_not_available"),
    ("escalated", "take_charge", "supervisor", {}, {}, "escalated"),
    ("escalated", "escalation_solved", "supervisor", {}, SOLUTION, "follow_up"),
    ("escalated", "escalation_back", "supervisor", {}, {}, "note_required"),
    ("escalated", "escalation_alarm", "system", {}, {}, "escalated"),
    # A6: no agreement, by a supervisor, after the second "not satisfied"
    ("follow_up", "no_agreement", "supervisor", {"complaint.not_satisfied": 2}, FINAL, "no_agreement"),
    ("escalated", "no_agreement", "supervisor", {"complaint.not_satisfied": 3}, FINAL, "no_agreement"),
    ("diagnose", "no_agreement", "supervisor", {"complaint.not_satisfied": 1}, FINAL, "twice_not_satisfied"),
    ("diagnose", "no_agreement", "handler", {"complaint.not_satisfied": 2}, FINAL, "role_refused"),
    ("diagnose", "no_agreement", "supervisor", {"complaint.not_satisfied": 2}, {**FINAL, "appeal_told": False}, "field_must_be_ticked"),
    # withdraw, merge, transfer, motives later
    ("intake", "withdraw", "handler", {}, {"withdraw_reason": "misunderstanding"}, "withdrawn"),
    ("escalated", "withdraw", "integration", {}, {}, "withdrawn"),
    ("closed", "withdraw", "handler", {}, {}, "transition_not_available"),
    ("diagnose", "merge", "handler", {}, {}, "transition_not_available"),
    ("diagnose", "transfer", "handler", {}, {"transfer_reason": "shift_ends"}, "diagnose"),
    ("unreachable", "transfer", "handler", {}, {"transfer_reason": "not_mine"}, "unreachable"),
    ("resolve", "settle_motives", "handler", {"now": NOW + timedelta(minutes=30)}, {"motives": ["respect"]}, "resolve"),
    ("resolve", "settle_motives", "handler", {"now": NOW + timedelta(minutes=31)}, {"motives": ["respect"]}, "soon_after"),
    # A3: reopen within 30 days
    ("closed", "reopen", "handler", {"complaint.closed_at": NOW - timedelta(days=30)}, {}, "diagnose"),
    ("closed", "reopen", "handler", {"complaint.closed_at": NOW - timedelta(days=30, seconds=1)}, {}, "within_30_days"),
    ("no_agreement", "reopen", "integration", {"complaint.closed_at": NOW}, {"reopen_reason": "appeal"}, "diagnose"),
    ("withdrawn", "reopen", "first_line", {"complaint.closed_at": NOW}, {}, "diagnose"),
    ("merged", "reopen", "handler", {"complaint.closed_at": NOW}, {}, "transition_not_available"),
    # A10: follow_up ends by a yes, or without an answer
    ("follow_up", "ask_if_solved", "system", {}, {}, "follow_up"),
    ("follow_up", "close_without_answer", "system", {}, {}, "closed"),
    ("follow_up", "close_without_answer", "supervisor", {}, {}, "role_refused"),
]  # fmt: skip


def ids(row: Row) -> str:
    changed = ", ".join(f"{k.removeprefix('complaint.')}={v}" for k, v in {**row[3], **row[4]}.items())
    return f"{row[0]} + {row[1]} by {row[2]} ({changed}) -> {row[5]}"


@pytest.mark.parametrize(("state", "name", "role", "facts", "data", "result"), TABLE, ids=map(ids, TABLE))
def test_table(state: str, name: str, role: str, facts: dict[str, Any], data: dict[str, Any], result: str):
    verdict = decide(DEFINITION, state=state, command=Command(name, data), roles=frozenset({role}), facts={**FRESH, **facts})
    if isinstance(verdict, Accepted):
        assert verdict.to == result
    else:
        assert [r.code for r in verdict.reasons] == result.split()


def test_every_step_stands_in_the_table():
    assert {t.name for t in DEFINITION.transitions} - {row[1] for row in TABLE} == {
        "callback_missed",
        "chase_work",
        "diagnose_again",
        "intake_overdue",
        "remind_customer",
        "tell_progress",
    }
