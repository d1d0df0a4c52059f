"""Words of the reference that the code does not hold: what effects, meanings, jobs and labels are for people."""

# ruff: noqa: INP001 - pages stand here, no package
from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.texts import Words

EFFECTS_WORDS: Final[Mapping[str, Words]] = {
    "agree_callback": Words("记下约定的回电时段", "Keeps the window agreed for the call"),
    "attempt": Words("记一次外呼及其结果", "Records a call attempt with its outcome"),
    "contact": Words("记一次客户来联系", "Records a contact by the customer"),
    "count": Words("给一个计数加一", "Raises a counter by one"),
    "emotion": Words("更新客户情绪（优先取 emotion_end）", "Sets the emotion, from emotion_end if it is there"),
    "motives": Words("更新投诉心理", "Sets the motives"),
    "new_round": Words(
        "开始新的一轮：外呼次数、解决标记、回电约定清零", "Begins a new round: attempts, resolution, call-back start anew"
    ),
    "promise": Words("填了 promise_due 就立一个承诺", "Makes a promise if promise_due was filled in"),
    "reassign": Words(
        "改派：首问负责人、待领、值班负责人（按值班表，并通知）、办这一步的人",
        "Assigns to the owner, to nobody, to who is on duty by the roster (and is told), or to who takes the step",
    ),
    "remedy": Words("记下补救方式、金额和答复", "Keeps the remedy: kind, amount, words"),
    "resolved": Words("标记为已解决", "Marks the complaint as resolved"),
    "send": Words("发短信或邮件，文字在 messages", "Sends a text message or e-mail; its words stand in messages"),
    "severity": Words("把严重程度提高到至少这一级，绝不降低", "Raises the severity to at least this; never lowers it"),
    "suggestion": Words(
        "记下是否邀请了建议；客户提了建议，就立一条由专人答复",
        "Records whether he was invited; what he suggests becomes a suggestion with an owner",
    ),
    "unresolved": Words("取消“已解决”", "Takes the mark resolved away"),
    "work_order": Words("派一张工单", "Makes a work order"),
}

MEANINGS_WORDS: Final[Mapping[str, Words]] = {
    "accept": Words("开始处理", "The work on it begins"),
    "attempt": Words("打电话没有找到客户", "A call that did not reach the customer"),
    "back": Words("退回正常处理", "Back to ordinary handling"),
    "call_back": Words("约好了回电", "A call was agreed"),
    "confirm": Words("客户说已解决", "The customer says that it is solved"),
    "customer_contact": Words("联系上了客户，或客户自己来了", "The customer was reached, or came"),
    "diagnose": Words("找到了原因：从这里起可以确认原因", "The cause was found: from here on it can be confirmed"),
    "escalate": Words("升级", "Escalated"),
    "first_contact": Words("当场解决并结案", "Solved and closed at the first contact"),
    "hang_up": Words("客户挂断", "The customer hung up"),
    "merge": Words("并入另一件投诉，只能走 POST …/merge", "Merged into another; only by POST …/merge"),
    "no_agreement": Words("未达成一致而终结", "Ended without agreement"),
    "no_answer": Words("没有等到客户的话而结案", "Closed without the customer's word"),
    "not_satisfied": Words("客户不满意", "The customer is not satisfied"),
    "progress": Words("告知了客户进展", "The customer was told how far it is"),
    "reopen": Words("重开，唯一可以从结束环节出发的步骤", "Reopened; the only step that may leave an end"),
    "skip": Words("跳过关怀或推荐", "Care or offer left out"),
    "solve": Words("已告知客户解决方案", "The customer was told the solution"),
    "transfer": Words("转交他人", "Handed to somebody else"),
    "unreachable": Words("联系不上", "Cannot be reached"),
    "vent_again": Words("客户又发火了", "The customer vents again"),
    "wait_customer": Words("等客户", "Waits for the customer"),
    "wait_internal": Words("等内部", "Waits for another department"),
    "withdraw": Words("客户撤诉", "Withdrawn by the customer"),
    "work_done": Words("内部已办完", "The internal work was answered"),
}

JOBS_WORDS: Final[Mapping[str, Words]] = {
    "timers": Words("触发到期的计时", "Fires timers that are due"),
    "commitments": Words(
        "提醒将到期的承诺，记下未兑现的，逐级告知超时的工单，把无人答复的咨询转为回电承诺",
        "Reminds of promises, records broken ones, tells of late work orders, turns unanswered consults into promises",
    ),
    "approvals": Words("结束无人审批的补偿申请", "Ends requests for approval that nobody answered"),
    "outbox": Words("送出消息", "Delivers messages"),
    "jobs": Words("执行各房间排队的长任务", "Runs long work that rooms queued"),
    "seal": Words("给事件排定最终顺序", "Gives events their final order"),
    "heartbeat": Words("报告自己还活着", "Says that the worker lives"),
    "gauges": Words("更新指标", "Measures the queues"),
    "answers": Words("删除超过一天的重发答复", "Deletes answers kept for repeats after a day"),
    "search": Words("把新投诉并入全文索引", "Folds new texts into the search index"),
    "reminders": Words(
        "提醒负责人：到期的反馈和建议、快到期的口径", "Reminds owners: feedback and suggestions due, answers that expire"
    ),
    "partitions": Words("在 PostgreSQL 上提前建好各月的分区", "On PostgreSQL: makes the partitions of coming months"),
    "prune": Words("删除九十天前结束的计时、消息和任务", "Deletes timers, messages and jobs that ended ninety days ago"),
}

EVENTS_WORDS: Final[Mapping[str, str]] = {
    "opened": "受理了一件投诉。",
    "transitioned": "投诉走了流程中的一步。",
    "refused": "一步被守卫条件或角色拒绝；`data.count` 是一分钟内同样的拒绝次数。",
    "changed": "改了状态以外的内容。",
    "assigned": "负责人、处理人或班组变了。",
    "leased": "从队列取走了一件投诉，或延长了租约。",
    "skipped": "跳过了队列中的一件投诉，附原因。",
    "released": "把队列中的一件投诉放了回去。",
    "noted": "加了一条备注。",
    "contacted": "记录了与客户的一次接触。",
    "promised": "向客户作了承诺。",
    "promise_ended": "承诺已兑现（发生时间以实际办到为准）、逾期兑现、未兑现或撤回；系统记的：到期未兑现。",
    "promise_reminded": "提醒负责人承诺快到期了。",
    "promise_told": "已把承诺的结果告诉客户。",
    "promise_handed_over": "承诺随投诉转给了新的首问负责人。",
    "work_ordered": "派了一张工单。",
    "work_order_moved": "工单有了进展。",
    "work_order_late": "工单用去了规定的时间比例，已告知相关人员。",
    "consult_asked": "向部门的值班专家现场咨询。",
    "consult_answered": "值班专家作了答复。",
    "consult_turned": "没有人及时答复，咨询转为回电承诺。",
    "grant_asked": "申请了超出本人权限的补偿。",
    "granted": "给予了补偿。",
    "grant_decided": "补偿申请获批或被拒。",
    "grant_expired": "补偿申请到时无人审批，已失效。",
    "grant_withdrawn": "补偿在发往计费前撤回；系统记的：投诉已无结果而结束。",
    "grant_reversed": "已发往计费的补偿被冲正。",
    "grant_billed": "计费对补偿或冲正的答复。",
    "suggested": "客户、客服或营业厅提了建议。",
    "suggestion_moved": "建议已答复，或答复已告知建议人。",
    "cause_confirmed": "确认了投诉的原因。",
    "fed_back": "把原因反馈给能消除它的人。",
    "feedback_decided": "对反馈的原因作出了决定。",
    "model_marked": "把已关闭的投诉标为好案例，或取消标记。",
    "article_stored": "口径或产品通报已起草、发布或撤回。",
    "article_read": "有人确认已读、指出有误，或回答了题目。",
    "merged": "同一件事的另一件投诉并了进来。",
    "merge_undone": "撤销了一次合并：投诉回到合并前的环节。",
    "repeat_linked": "与较早的同一件事的投诉关联，或取消了关联。",
    "appealed": "客户向外部机构申诉。",
    "appeal_moved": "申诉被受理、已答复、调解或结束。",
    "evidence_taken": "取走了整件投诉的证据包。",
    "bulk_begun": "开始了批量操作：一个命令，多件投诉，每件另有自己的事件。",
    "bulk_stopped": "有人停了批量操作。",
    "bulk_ended": "批量操作做完，或停下。",
    "incident_opened": "建立了群体事件。",
    "incident_changed": "群体事件有修改、修复或结束。",
    "incident_joined": "投诉归入了群体事件。",
    "incident_left": "投诉移出了群体事件。",
    "incident_told": "把群体事件的变化告诉了客户。",
    "incident_checked": "问了客户是否恢复，或客户答了。",
    "migrated": "投诉迁移到流程的另一个版本。",
    "clock_warned": "一个时限快到期；`data` 写明是哪个、多近、通知了谁。",
    "clock_breached": "一个时限超时；`data` 写明是哪个、何时起、做了什么。",
    "clocks_set": "重新设定了时限的触发：政策、日历或客户群变了。",
    "consent_set": "客户同意、拒绝或撤回。",
    "customer_stored": "客户资料新建或更改。",
    "caller_blocked": "客户被记为受限来电。",
    "caller_unblocked": "解除了受限来电。",
    "person_stored": "人员信息新建或更改：技能、代理人、容量、排班。",
    "team_stored": "班组新建或更改。",
    "presence_set": "人员到岗、离岗或忙碌。",
    "definition_published": "一份定义发布了新版本。",
    "imported": "一次文件导入结束。",
    "exported": "导出了数据。",
    "user_stored": "用户新建或更改。",
    "token_made": "生成了令牌。",
    "token_revoked": "吊销了令牌。",
    "replayed": "死信被放回队列。",
}
"""Types of events in Chinese; in English they stand in the code."""

_METHOD: Final = "GET, POST, …"
_ROUTE: Final = "template of the address, never an id; `unmatched` where there is none"

LABELS: Final[Mapping[tuple[str, str], str]] = {
    ("amends_requests_total", "method"): _METHOD,
    ("amends_requests_total", "route"): _ROUTE,
    ("amends_requests_total", "status"): "HTTP status",
    ("amends_request_seconds", "method"): _METHOD,
    ("amends_request_seconds", "route"): _ROUTE,
    ("amends_transitions_total", "workflow"): "its name",
    ("amends_transitions_total", "transition"): "its name, `unknown` for one that the workflow does not have",
    ("amends_transitions_total", "outcome"): "taken, refused",
    ("amends_timers_fired_total", "outcome"): "done, refused, superseded, outrun, gone, retried, dead",
    ("amends_clock_levels_total", "clock"): "its name",
    ("amends_clock_levels_total", "level"): "such as 80, 2h_before, breach",
    ("amends_clock_levels_total", "late"): "yes, no",
    ("amends_outbox_depth", "status"): "unsent, dead",
    ("amends_pool_connections", "state"): "busy, idle",
}
