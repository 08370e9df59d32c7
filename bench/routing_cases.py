"""What finding the route costs a warm small file in Lambda.

Each way is measured beside the strategy `bucket`, which asks nothing of the file, in turn, on the
same files and into the same table: all of them lead to one route.
"""

from statistics import median

from lambda_cases import LambdaCases, Run, Side
from report import DIFFERENCE

WARM_FILES = 40
MISS_FIVE_TIMES = (
    "folder",  # the files are in none
    "bucket/folder:0-1",
    "key-regex:^(?P<key>[a-z]+)-",  # does not match
    r"key-regex:\.(?P<key>parquet)$",  # a key without a route
    "object-metadata:route",  # they have none
)
WAYS = {
    "parquet-metadata": ("parquet-metadata:route",),
    "bucket after 5 that miss": (*MISS_FIVE_TIMES, "bucket"),
}


class RoutingCases:
    """See the head of this file."""

    def __init__(self, cases: LambdaCases):
        self.cases = cases
        self.bench = cases.bench
        self.by_bucket = self.side("bucket", ("bucket",))

    def side(self, name: str, strategies: tuple[str, ...]) -> Side:
        settings = {"EIDER_ROUTING_STRATEGIES": ",".join(strategies)}
        return Side(f"eider by {name}", self.cases.eider.command, settings)

    def warm(self) -> None:
        items = self.cases.objects["small"][: 1 + WARM_FILES]
        for name, strategies in WAYS.items():
            side = self.side(name, strategies)
            sides = self.bench.in_turn(lambda side=side: self.cases.run(side, items),
                                       lambda: self.cases.run(self.by_bucket, items),
                                       self.bench.rounds)  # fmt: skip
            self.compare(f"each next small file by {name}", "ms", *map(warm_times, sides), "≤ 1")
        self.requests()

    def requests(self) -> None:
        name = "parquet-metadata"
        ours, plain = ([[call.kind for call in load.calls if call.service == "s3"]
                        for load in self.cases.calls_of(side)]
                       for side in (self.side(name, WAYS[name]), self.by_bucket))  # fmt: skip
        for what, of in (("GETs", lambda kinds: kinds.count("s3 GET")), ("requests", len)):
            self.compare(f"S3 {what} of a warm small file by {name}", "",
                         [median(map(of, ours))], [median(map(of, plain))], "≤ 1")  # fmt: skip

    def compare(self, what: str, unit: str, ours: list, plain: list, expected: str) -> None:
        self.cases.compare(what, unit, ours, plain, expected, DIFFERENCE, "by bucket")


def warm_times(runs: list[Run]) -> list[float]:
    """Milliseconds of every file but the first of each process."""
    return [done.seconds * 1e3 for run in runs for done in run.invocations[1:]]
