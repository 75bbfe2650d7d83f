"""The rooms and their order (DESIGN, section 5): a module imports only what stands above it in this list."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = """
language shipped errors home files presence turns asked methods policyspec specs seeds shapes sizes
streams.archives streams.cells streams.dates streams.numerals streams.values streams.naming streams.readings
streams.columnar streams.contents streams.decoding streams.headers streams.layout streams.delimited streams.totals
streams.workbooks streams.tables
streams.columns streams.roles streams.targets streams.schema streams.combinations streams.leaks
streams.slots streams.encoding streams.cutting streams.checks streams.twosample streams.shift
streams.short_years streams.deliveries streams.buckets streams.rows streams.source streams.arrays streams.outline
streams.datasets streams.adding streams.suggestions streams.factory
streams.sources streams.taught streams.stream streams.arrivals streams.digests
policies.schedules policies.replay policies.wording policies.paragraphs policies.catalogue
learners.devices learners.states
learners.trees learners.boosting learners.combining learners.augmenting
learners.layers learners.mixtures learners.networks learners.examples learners.weights learners.gradients
learners.growth learners.firefly learners.judging learners.launch learners.training
ledger
simulate.nodes simulate.steps simulate.chains simulate.results simulate.incumbent simulate.graph simulate.stacks
simulate.plan
simulate.costs simulate.rows
simulate.progress simulate.tables simulate.queue simulate.levels simulate.materials simulate.scheduler
simulate.claims simulate.database simulate.store simulate.shifts simulate.calibrate simulate.estimate simulate.outlook
simulate.jobs simulate.assessing simulate.preparing simulate.work simulate.cluster simulate.backends simulate.executor
provenance library about writing jobs listing trash
decide.measure decide.record decide.calendar decide.panel decide.coarsening decide.incumbent decide.matching decide.kpis
decide.price_words decide.prices decide.devices decide.priced decide.late decide.operating decide.costs
decide.limits decide.sheets decide.select decide.conditions decide.question decide.lines
decide.compare decide.blocks decide.family decide.best decide.picked decide.chances decide.settle decide.rankings
decide.learning_curves decide.timeline decide.pooling decide.continued decide.forecast decide.foreseen
decide.oracle decide.stages decide.hindsight
decide.advise decide.expected decide.pilot decide.rules decide.backtest
decide.abtest decide.ladder decide.spells
decide.value decide.ranged decide.flips decide.sheet_line decide.budget decide.cost_tables decide.tables decide.by_size
decide.compare_tables decide.findings
decide.evidence decide.trials decide.growing decide.passes decide.waits decide.claims
adoption decision_file actual_table
report.moment report.spreadsheet
report.progress report.terms report.columns report.axes report.drawing report.lettering report.figures report.flips
report.reasons report.sureness report.provisos report.statements report.told report.cards report.whole report.costing
report.cost_figures
report.text report.page_look report.page report.offline report.findings report.comparing report.compare_figures
report.size_figures report.comparison report.cost_charts report.kept_promise report.promise_figures report.paper
report.lessons report.phrases report.assumptions
report.deck_axes report.deck_text report.deck_house report.deck_layout report.deck_charts report.deck_tables
report.deck_slides report.deck_money report.deck
report.memo_tables report.memo_trial report.memo_parts report.memo_look report.memo
report.workbook_book report.workbook_live report.workbook_prices report.workbook_costs report.workbook_ranking
report.workbook_rows report.workbook_summary report.workbook
report.printing report.studio report.pictures report.document report.handouts report.making
report.data report.data_figures report.watching
report.tested report.guide_figures report.guide_words report.guide_texts report.guide_picture
parcel_files parcels rights
commands.parsing commands.usual commands.wish commands.question commands.decide commands.report commands.adopt
commands.backtest commands.carry commands.run commands.jobs commands.data commands.policies commands.findings
commands.parcels
cli attendant
""".split()  # noqa: SIM905 - a list that is read as the rooms are: a line a storey
NO_NETWORKS = ("learners.devices", "learners.states", "learners.trees")
AT_WORK = ("calibrate", "assessing", "preparing", "work", "cluster", "backends", "executor")
WORKERS = tuple(f"simulate.{name}" for name in AT_WORK)
WITHOUT_TORCH = [room for room in ROOMS if room in NO_NETWORKS or not room.startswith(("learners.", *WORKERS))]
OWNERS = {
    "torch": ("learners.", "simulate.work", "simulate.preparing", "simulate.calibrate"),
    "safetensors": ("learners.states",),
    "sqlite3": ("simulate.database",),
    "joblib": ("simulate.backends",),
    "distributed": ("simulate.cluster", "simulate.scheduler"),
    "plotly": ("report.",),
    "choreographer": ("report.printing",),
    "kaleido": ("report.studio",),
    "docx": ("report.memo",),
    "pptx": ("report.deck",),
    "xlsxwriter": ("report.workbook",),
    "sklearn": ("streams.", "learners.trees"),
}


def modules() -> dict[str, Path]:
    paths = (ROOT / "alma_core").rglob("*.py")
    return {
        ".".join(path.relative_to(ROOT / "alma_core").with_suffix("").parts): path
        for path in paths
        if path.name != "__init__.py"
    }


def imported(path: Path) -> set[str]:
    """Return the dotted names a file imports, both `from a import b` and `a.b`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_module_has_its_place():
    assert sorted(modules()) == sorted(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_module_imports_only_what_stands_above_it(room: str):
    above = ROOMS[: ROOMS.index(room)]
    own = {name.removeprefix("alma_core.") for name in imported(modules()[room]) if name.startswith("alma_core.")}
    assert {name for name in own if name in ROOMS} <= set(above)


@pytest.mark.parametrize("room", ROOMS)
def test_third_parties_stay_in_the_rooms_that_own_them(room: str):
    for package, owners in OWNERS.items():
        uses = any(name.split(".")[0] == package for name in imported(modules()[room]))
        assert not uses or room.startswith(owners), f"{room} imports {package}"


def test_no_room_knows_streamlit():
    for room, path in modules().items():
        assert "streamlit" not in {name.split(".")[0] for name in imported(path)}, room


@pytest.mark.parametrize("room", WITHOUT_TORCH)
def test_imports_without_torch(room: str):
    code = f"import sys, alma_core.{room}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_script_directly_under_pages():
    """Streamlit would fall back to its old page discovery, and a deep link would skip app.py."""
    assert list((ROOT / "pages").glob("*.py")) == []


@pytest.mark.parametrize("page", sorted((ROOT / "pages").rglob("*.py")), ids=lambda p: p.name)
def test_a_page_only_draws(page: Path):
    assert len(page.read_text("utf-8").splitlines()) <= (120 if page.parent.name != "parts" else 220)
    assert "torch" not in {name.split(".")[0] for name in imported(page)}


@pytest.mark.parametrize("page", sorted((ROOT / "pages").rglob("*.py")), ids=lambda p: p.name)
def test_a_page_changes_runs_through_their_rights_only(page: Path):
    """What asks who somebody is, is in one place; a page that went round it would change the runs of others."""
    text = page.read_text("utf-8")
    changes = ("jobs.launch", "jobs.cancel", "jobs.resume", "about.rename", "about.write", "trash.discard")
    changes += ("decision_file.adopt", "decision_file.enter", "decision_file.take_back", "decision_file.read")
    changes += ("trash.undo", "trash.listed", "parcels.take_in", "listing.everything", "listing.own", "library.runs")
    assert [name for name in changes if f"{name}(" in text] == []


def test_files_have_one_idea():
    lengths = {room: len(path.read_text("utf-8").splitlines()) for room, path in modules().items()}
    assert {room: n for room, n in lengths.items() if n > 300} == {}
