"""A model's card: what it is for, what it learnt from, how good it is, where it fell back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recoup_ml.registry import TrainedModel

_PURPOSE = {
    "reach": (
        "Probability that the right party answers a voice attempt, by contact point and local hour.",
        "Choosing the hour of a call, inside the windows that the contact rules allow. Not for deciding whether "
        "somebody may be called.",
    ),
    "payment": (
        "Probability that an account pays within the horizon, spoken to and left alone, and how much of the past due "
        "it then pays.",
        "Ranking accounts by the money that a conversation adds. Not for granting or refusing credit, and not for "
        "terms or prices.",
    ),
}


def write_card(model: TrainedModel, folder: Path) -> Path:
    """Write `<folder>/<model_version>.md`; the same model gives the same text. Returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{model.version}.md"
    path.write_text(card(model), encoding="utf-8")
    return path


def card(model: TrainedModel) -> str:
    """The card as Markdown."""
    what, use = _PURPOSE[model.name]
    figures = model.metrics
    window = "none" if model.data_from is None else f"{model.data_from} to {model.data_to}, both inclusive"
    lines = [
        f"# {model.version}", "", what, "",
        "| | |", "|---|---|",
        f"| use | {use} |",
        f"| as-of date | {model.as_of_date} |",
        f"| learnt from | {window} |",
        f"| kind | {figures.get('kind')} |",
        f"| fallback | {figures.get('fallback', 'none')} |",
        f"| SHA-256 | `{model.sha256}` |",
        "",
    ]  # fmt: skip
    lines += _counts(figures)
    if "judged_from" in figures:
        lines += _judgement(figures)
    if "effect" in figures:
        lines += ["## Effect of a conversation", "", *_table(figures["effect"]), ""]
    lines += ["## Features", "", ", ".join(f"`{name}`" for name in model.features) or "none", ""]
    lines += [
        "Protected attributes (age, gender, language, marital status and the like) are refused by name; region and",
        "segment may stand in for some of them, so compare the lists by group before relying on them.",
        "",
    ]
    return "\n".join(lines)


def _counts(figures: dict[str, Any]) -> list[str]:
    names = ("attempts", "right_party", "right_party_rate", "rows", "paid", "paid_rate", "ratio_if_paid", "promotion")
    return ["## Data", "", *_table({name: figures[name] for name in names if name in figures}), ""]


def _judgement(figures: dict[str, Any]) -> list[str]:
    lines = [
        "## Out of time", "",
        f"Judged on {figures['judged_rows']} rows of {figures['judged_from']} to {figures['judged_to']}; learning "
        f"stopped {figures['embargo_days']} days earlier. The list's own size is "
        f"{figures['list_share']:.0%} of the rows.",
        "", "| ranker | AUC | ALIFT | lift at list size | cash in the top 20 % |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for name, report in {"the model": figures, **figures["baselines"]}.items():
        cells = (
            report.get("auc"),
            report.get("alift"),
            report.get("lift_at_list_size"),
            report.get("cash_share_top_20_percent"),
        )
        lines.append(f"| {name} | " + " | ".join(_number(cell) for cell in cells) + " |")
    lines += [
        "",
        f"Expected calibration error {_number(figures['calibration_error'])}.",
        "",
        "| rows | said | seen |",
        "|---|---|---|",
    ]
    lines += [f"| {part['rows']:.0f} | {part['said']:.3f} | {part['seen']:.3f} |" for part in figures["reliability"]]
    return [*lines, ""]


def _table(figures: dict[str, Any]) -> list[str]:
    def shown(value: Any) -> str:
        if isinstance(value, dict):
            return ", ".join(f"{name} {_number(part)}" for name, part in value.items())
        return _number(value) if isinstance(value, float) else str(value)

    return [
        "| | |",
        "|---|---|",
        *(f"| {name.replace('_', ' ')} | {shown(value)} |" for name, value in figures.items()),
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
