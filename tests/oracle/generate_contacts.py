"""The contacts of a drawn history, and the lists that its numbers were held against."""

from __future__ import annotations

from datetime import datetime, timedelta

from .draft import Draft
from .history import Attempt, Scrub

DISPOSITIONS = (
    "no_answer", "no_answer", "no_answer", "busy", "disconnected", "voicemail_left", "answering_machine", "abandoned",
    "hung_up", "wrong_party", "right_party_contact", "promise_to_pay", "never_heard_of",
)  # fmt: skip


def attempts(draft: Draft) -> None:
    """Some weeks are quiet, some run up to the caps and past them."""
    if draft.chance(40):
        _burst(draft)
    for _ in range(draft.pick((0, 2, 4, 6, 9, 12))):
        at = draft.instant()
        if draft.attempts and draft.chance(60):
            last = draft.attempts[-1].started_at
            at = last + timedelta(minutes=draft.pick((0, 1, 30, 700, 1_440, 1_440, 2_880)))
        _attempt(draft, at)


def _burst(draft: Draft) -> None:
    """The same debt is called day after day, about as often as a cap allows."""
    about = (draft.debts[0].debt_id,) if draft.debts and draft.chance(85) else None
    voice = [p for p in draft.points if p.medium == "voice" and p.person_id == draft.persons[0]]
    at = draft.instant(0, 14)
    for _ in range(draft.pick((1, 2, 2, 3, 5, 6, 6, 7, 7, 8))):
        point = draft.pick(voice or draft.points)
        draft.attempts.append(
            Attempt(
                f"{draft.prefix}t{len(draft.attempts) + 1:02d}",
                point.person_id,
                point.point_id,
                point.medium,
                at,
                debt_ids=about,
                disposition=draft.pick(("no_answer", "no_answer", "no_answer", "voicemail_left", "busy")),
            )
        )
        at += timedelta(minutes=draft.pick((5, 200, 700, 1_380, 1_440, 1_500)))


def _attempt(draft: Draft, at: datetime) -> None:
    point = draft.pick(draft.points)
    channel = "voicemail" if point.medium == "voice" and draft.chance(8) else point.medium
    if draft.chance(70):
        voice = [p for p in draft.points if p.medium == "voice" and p.person_id == draft.persons[0]]
        if voice:
            point, channel = draft.pick(voice), "voice"
    disposition = draft.pick(DISPOSITIONS) if channel == "voice" else draft.pick(("sent", "delivered", "bounced"))
    is_live = disposition in ("right_party_contact", "promise_to_pay", "hung_up", "wrong_party")
    is_right_party = disposition in ("right_party_contact", "promise_to_pay")
    spoken = channel == "voice" and is_live
    says = draft.rng.randrange(4)
    debt_ids: tuple[str, ...] | None = None
    known = [debt.debt_id for debt in draft.debts]
    known.extend(a.account_id for a in draft.accounts if all(d.account_id != a.account_id for d in draft.debts))
    if draft.chance(80):
        debt_ids = tuple(sorted({draft.pick(known) for _ in range(draft.pick((1, 1, 2)))}))
    if draft.chance(5):
        debt_ids = (*(debt_ids or ()), f"{draft.prefix}lost")
    draft.attempts.append(
        Attempt(
            f"{draft.prefix}t{len(draft.attempts) + 1:02d}",
            point.person_id,
            f"{draft.prefix}c99" if draft.chance(2) else point.point_id,
            channel,
            at,
            "inbound" if draft.chance(15) else "outbound",
            debt_ids,
            disposition,
            connected=is_live or disposition in ("answering_machine", "voicemail_left", "delivered"),
            human=is_live if says != 3 else None,
            right_party=is_right_party if spoken and says in (0, 1) else None,
            conversation=is_right_party if spoken and says == 0 else None,
            talk_seconds=draft.pick((0, 5, 90, None)) if spoken else None,
        )
    )


def scrubs(draft: Draft) -> None:
    """Looks at the do-not-call lists."""
    for point in draft.points:
        if point.medium in ("voice", "sms") and draft.chance(70):
            at = draft.instant(-40, 20)
            draft.scrubs.append(
                Scrub(point.point_id, draft.pick(("national", "own")), draft.pick(("clear", "listed")), at)
            )
            if draft.chance(60):
                draft.scrubs.append(Scrub(point.point_id, "national", "clear", draft.instant(-40, 10)))
