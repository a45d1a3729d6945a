"""The journal: nothing recorded is lost, nothing torn is believed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.campaign.journal import Journal
from verify.labels.errors import InputError

results = st.dictionaries(
    st.text(min_size=1), st.recursive(st.integers() | st.text(), st.lists, max_leaves=5), max_size=5
)


@given(results, st.data())
def test_a_journal_cut_anywhere_keeps_a_prefix_and_can_go_on(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, object], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    with Journal(path, "plan", resume=False) as journal:
        for key, result in entries.items():
            journal.record(key, result)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    with Journal(path, "plan", resume=True) as journal:
        kept = dict(journal.results)
        assert list(kept.items()) == list(entries.items())[: len(kept)]
        for key, result in entries.items():
            if key not in kept:
                journal.record(key, result)
    assert path.read_bytes() == whole


def test_a_journal_of_another_plan_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", "one plan", resume=False) as journal:
        journal.record("a", 1)
    with pytest.raises(InputError, match="another plan"), Journal(tmp_path / "j", "another", resume=True):
        pass
    with Journal(tmp_path / "j", "another", resume=False) as journal:
        assert journal.results == {}


def test_a_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name a folder"), Journal(tmp_path / "no" / "j", "plan", resume=False):
        pass
