"""How far a run is, in words: the same on the page and in the terminal."""

from datetime import datetime, tzinfo

from alma_core import jobs, language
from alma_core.about import LOCAL, UNKNOWN
from alma_core.jobs import State
from alma_core.language import _, n_
from alma_core.listing import Listed
from alma_core.presence import QUEUED, RUNNING


def state_in_words(state: State) -> str:
    """Return the state with what matters of it: "running, 40 %", "queued, 2 runs before it"."""
    if state.name == RUNNING:
        return _("{state}, {share}").format(state=jobs.spoken(state.name), share=language.percent(state.done, 0))
    if state.name == QUEUED and state.ahead:
        before = n_("{count} run before it", "{count} runs before it", state.ahead)
        return _("{state}, {share}").format(state=jobs.spoken(state.name), share=before)
    return jobs.spoken(state.name)


def left(state: State) -> str:
    """Return the time left, an estimate; empty where it is not known."""
    seconds = state.facts.get("seconds_left", 0.0)
    return language.duration(seconds / 3600) if state.name == RUNNING and seconds >= 1 else ""


def time_left(state: State) -> str:
    """Say how much time is left; empty where it is not known."""
    return _("About {time} left.").format(time=left(state)) if left(state) else ""


def updates(state: State) -> str:
    """Return how many updates are done; empty where it is not known."""
    if not state.facts.get("updates"):
        return ""
    done, count = (language.number(state.facts.get(name, 0.0)) for name in ("updates_done", "updates"))
    return _("{done} of {count} updates").format(done=done, count=count)


def in_a_line(state: State) -> str:
    """Return state, updates and time left in one line, for a bar."""
    return _(" · ").join(filter(None, (state_in_words(state), updates(state), time_left(state))))


def facts(one: Listed) -> list[tuple[str, str]]:
    """Return what is known of a run, each fact with what it is called; an empty one is not known."""
    spec, about = one.spec, one.about
    return [
        (_("name"), about.name),
        (_("state"), state_in_words(one.state)),
        (_("done"), updates(one.state)),
        (_("time left"), left(one.state)),
        (_("why it ended"), one.state.said),
        (_("data"), spec.stream.source),
        (_("mega-batches"), language.number(spec.stream.length)),
        (_("policies"), language.number(len(spec.policies))),
        (_("repeats"), language.number(spec.seeds)),
        (_("asked for by"), owner(one)),
        (_("asked for on"), when(about.requested)),
        (_("runs on"), about.scheduler or device_name(about.device)),
    ]


def device_name(device: str) -> str:
    """Return a device as people call it."""
    return {"auto": _("the fastest there is"), "cpu": _("processor"), "cuda": _("GPU")}.get(device, device)


def owner(one: Listed) -> str:
    """Return who asked for a run, as people read it."""
    if one.is_shipped:
        return _("an example")
    known = {LOCAL: _("this machine"), UNKNOWN: _("unknown")}
    return known.get(one.about.owner, one.about.owner)


def when(requested: str, zone: tzinfo | None = None) -> str:
    """Return a time in ISO format as people read it: to the minute, as the clocks of a time zone (or here) show it."""
    if (read := moment(requested, zone)) is None:
        return requested
    return _("{date}, {time}").format(date=language.date(read), time=f"{read:%H:%M}")


def moment(requested: str, zone: tzinfo | None = None) -> datetime | None:
    """Return a time in ISO format as the clocks of a time zone (or here) show it; None: it is none."""
    try:
        return datetime.fromisoformat(requested).astimezone(zone)
    except ValueError:
        return None
