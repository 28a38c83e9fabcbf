"""The queue's rules, with a clock that the test turns."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from daemon.service.jobs import FAILED_KEPT, Job, JobTable, Phase
from shared.problem import Problem
from shared.protocol.messages import BAND_BYTES, Code, Done, Error, Limits, Progress, Submit, band_bytes, bands

ANNA, BERT = b"anna", b"bert"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def let_pass(self, seconds: float, table: JobTable | None = None) -> None:
        """Turn the clock; with a table, as the service does: it looks at the table every second."""
        for _ in range(int(seconds)):
            self.now += 1
            if table is not None:
                table.silent()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table(clock: Clock) -> JobTable:
    return JobTable(Limits(jobs=4), memory=10 * BAND_BYTES, clock=clock)


def submit(job_id: str, side: int = 512) -> Submit:
    return Submit(job_id, side, side)


def fill(table: JobTable, job: Job) -> None:
    total = job.submit.total_bytes
    for band in range(job.next_band, bands(total)):
        table.add_band(job, band, bytes(band_bytes(total, band)))


def finish(table: JobTable, job: Job) -> None:
    total = job.submit.pixel_bytes
    for band in range(bands(total)):
        table.add_result(job, band, bytes(band_bytes(total, band)))
    table.complete(job, Done(job.id, {}, job.submit.pixel_bytes))


def cancelled(job: Job) -> Error:
    return Error(job.id, Code.CANCELLED, "Cancelled.")


def test_jobs_run_in_the_order_in_which_they_were_complete(table):
    first, second = table.open(submit("first"), ANNA), table.open(submit("second"), BERT)
    fill(table, second)
    fill(table, first)
    assert table.waiting == (second, first)
    assert table.start_next() is second
    assert second.phase is Phase.RUNNING
    assert second.news == Progress("second", "starting")
    assert table.waiting == (first,)


def test_nothing_waits_nothing_starts(table):
    table.open(submit("incomplete"), ANNA)
    assert table.start_next() is None


def test_memory_is_the_picture_then_the_result_then_nothing(table):
    job = table.open(Submit("masked", 100, 100, "uint16", mask=True), ANNA)
    assert table.memory == 100 * 100 * 9
    fill(table, job)
    table.start_next()
    assert table.memory == 100 * 100 * 9
    finish(table, job)
    assert table.memory == 100 * 100 * 8
    table.forget(job)
    assert table.memory == 0


def test_no_room_for_more_memory_than_the_cap(table):
    table.open(submit("large", 1448), ANNA)  # just under 8 bands
    with pytest.raises(Problem) as refused:
        table.open(submit("another", 1024), BERT)
    assert refused.value.code is Code.BUSY
    table.open(submit("small", 512), BERT)


def test_no_room_for_more_jobs_than_the_limit(table):
    jobs = [table.open(submit(f"job{number}", 8), ANNA) for number in range(4)]
    with pytest.raises(Problem) as refused:
        table.open(submit("fifth", 8), BERT)
    assert refused.value.code is Code.BUSY
    table.fail(jobs[0], cancelled(jobs[0]))
    table.open(submit("fifth", 8), BERT)


@pytest.mark.parametrize(
    ("band", "size"),
    [(1, BAND_BYTES), (-1, BAND_BYTES), (2, BAND_BYTES), (0, BAND_BYTES - 1), (0, BAND_BYTES + 1), (0, 0)],
)
def test_band_out_of_turn_or_of_wrong_size_is_refused(table, band, size):
    job = table.open(Submit("job", 1024, 512), ANNA)
    with pytest.raises(Problem) as refused:
        table.add_band(job, band, bytes(size))
    assert refused.value.code is Code.BAD_REQUEST
    assert job.next_band == 0


def test_band_after_the_last_is_refused(table):
    job = table.open(submit("job", 8), ANNA)
    fill(table, job)
    with pytest.raises(Problem):
        table.add_band(job, 1, bytes(256))
    with pytest.raises(Problem):
        table.add_band(job, 0, bytes(256))


def test_result_out_of_turn_too_long_or_incomplete_is_an_error(table):
    job = table.open(Submit("job", 1024, 512), ANNA)
    fill(table, job)
    table.start_next()
    with pytest.raises(ValueError, match="out of turn"):
        table.add_result(job, 1, bytes(BAND_BYTES))
    with pytest.raises(ValueError, match="out of turn"):
        table.add_result(job, 0, b"")
    table.add_result(job, 0, bytes(BAND_BYTES))
    for size in (BAND_BYTES, 2 * BAND_BYTES, 0):
        with pytest.raises(ValueError, match="announced"):
            table.complete(job, Done("job", {}, size))
    table.add_result(job, 1, bytes(BAND_BYTES))
    with pytest.raises(ValueError, match="out of turn"):
        table.add_result(job, 2, bytes(1))
    table.complete(job, Done("job", {}, 2 * BAND_BYTES))
    assert job.memory == 2 * BAND_BYTES


def test_only_the_last_band_of_a_result_is_short(table):
    job = table.open(Submit("job", 1024, 512), ANNA)
    fill(table, job)
    table.start_next()
    table.add_result(job, 0, bytes(BAND_BYTES - 1))
    with pytest.raises(ValueError, match="out of turn"):
        table.add_result(job, 1, bytes(1))


@pytest.mark.parametrize("size", [0, 10])
def test_the_result_of_another_task_may_be_smaller_than_the_picture(table, size):
    job = table.open(Submit("job", 8, 8, task="describe"), ANNA)
    fill(table, job)
    table.start_next()
    if size:
        table.add_result(job, 0, bytes(size))
    with pytest.raises(ValueError, match="announced"):
        table.complete(job, Done("job", {}, size + 1))
    table.complete(job, Done("job", {}, size))
    assert (job.phase, job.memory) == (Phase.DONE, size)


def test_same_id_is_the_same_job_and_belongs_to_the_last_who_asked(table):
    job = table.open(submit("job"), ANNA)
    assert table.open(submit("job"), BERT) is job
    assert table.owned("job", ANNA) is None
    assert table.owned("job", BERT) is job
    with pytest.raises(Problem):
        table.open(submit("job", 511), ANNA)
    assert job.owner == BERT


def test_owner_that_says_nothing_for_a_minute_is_silent(table, clock):
    table.open(submit("a", 8), ANNA)
    table.open(submit("b", 8), BERT)
    clock.let_pass(59, table)
    table.heard(BERT)
    assert table.silent() == []
    clock.let_pass(2, table)
    assert table.silent() == [ANNA]
    assert [job.id for job in table.live_of(ANNA)] == ["a"]


def test_silence_while_the_computer_slept_does_not_count(table, clock):
    table.open(submit("a", 8), ANNA)
    table.silent()
    clock.let_pass(8 * 3600)
    assert table.silent() == []
    clock.let_pass(61, table)
    assert table.silent() == [ANNA]


def test_owner_whose_jobs_have_ended_may_be_silent(table, clock):
    job = table.open(submit("a", 8), ANNA)
    fill(table, job)
    table.start_next()
    finish(table, job)
    clock.let_pass(100, table)
    assert table.silent() == []
    assert table.owned("a", ANNA) is job


def test_what_ended_is_remembered_for_ten_minutes(table, clock):
    done, failed = table.open(submit("done", 8), ANNA), table.open(submit("failed", 8), ANNA)
    fill(table, done)
    table.start_next()
    finish(table, done)
    table.fail(failed, cancelled(failed))
    live = table.open(submit("live", 8), ANNA)
    clock.let_pass(600)
    table.forget_old()
    assert list(table) == [done, failed, live]
    clock.let_pass(1)
    table.forget_old()
    assert list(table) == [live]


def test_failures_are_not_remembered_without_end(table):
    for number in range(FAILED_KEPT + 50):
        job = table.open(submit(f"job{number}", 8), ANNA)
        table.fail(job, cancelled(job))
    assert len(list(table)) == FAILED_KEPT
    assert [job.id for job in table] == [f"job{number}" for number in range(50, FAILED_KEPT + 50)]


class AnyOrder(RuleBasedStateMachine):
    """Whatever clients and worker do in whatever order, the books are right."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.table = JobTable(Limits(jobs=3), memory=4 * BAND_BYTES, clock=self.clock)
        self.count = 0

    def _some(self, *phases: Phase) -> Job | None:
        return next((job for job in self.table if job.phase in phases), None)

    @rule(owner=st.sampled_from([ANNA, BERT]), side=st.sampled_from([1, 300, 600]))
    def open(self, owner, side):
        self.count += 1
        with contextlib.suppress(Problem):
            self.table.open(submit(f"job{self.count}", side), owner)

    @rule()
    def fill(self):
        if job := self._some(Phase.RECEIVING):
            fill(self.table, job)
            assert job.phase is Phase.QUEUED

    @rule()
    def start(self):
        waiting = self.table.waiting
        assert self.table.start_next() is (waiting[0] if waiting else None)

    @rule()
    def finish(self):
        if job := self._some(Phase.RUNNING):
            job.picture.clear()
            finish(self.table, job)

    @rule(phase=st.sampled_from(list(Phase)[:3]))
    def fail(self, phase):
        if job := self._some(phase):
            self.table.fail(job, cancelled(job))

    @rule(phase=st.sampled_from(list(Phase)))
    def forget(self, phase):
        if job := self._some(phase):
            self.table.forget(job)

    @rule(seconds=st.sampled_from([1, 700]))
    def wait(self, seconds):
        self.clock.let_pass(seconds)
        self.table.forget_old()

    @invariant()
    def books_are_right(self):
        jobs = list(self.table)
        assert sum(job.live for job in jobs) <= 3
        assert self.table.memory <= 4 * BAND_BYTES
        assert {job.id for job in self.table.waiting} == {job.id for job in jobs if job.phase is Phase.QUEUED}
        for job in jobs:
            held = sum(map(len, (*job.picture, *job.result)))
            assert held <= job.memory
            assert (job.memory == 0) == (job.phase is Phase.FAILED)
            assert (job.ended > 0) == (not job.live)


TestAnyOrder = AnyOrder.TestCase
