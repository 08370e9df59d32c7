"""What a commit through a REST catalog costs beside the server's own time.

Files are loaded one by one, each in a snapshot of its own, through a proxy that keeps when each
request began and ended: what the server takes for a commit is the time of that POST.
"""

import json
from statistics import median
from typing import TYPE_CHECKING

from child import measure
from lambda_cases import FaultProxy, StandIns
from report import Row

if TYPE_CHECKING:
    from run import Bench

TABLE = "bench.commits"


def rest_commits(bench: "Bench") -> None:
    """The commit step of each file, which has manifest and list in it, against its POST."""
    with StandIns(("rest",)) as stand_ins, FaultProxy("rest", stand_ins.endpoint("rest")) as proxy:
        lake = bench.lake()
        settings = json.loads((lake / "one_by_one.yaml").read_text())
        settings["catalog"] = {"type": "rest", "uri": proxy.endpoint}
        settings["engine"] |= {"threads": 1, "group_files": 1}
        settings["routing"]["path"] = str(lake / "rest_routes.yaml")
        route = {"PartitionKey": "commits", "target_table": TABLE, "create_table": True,
                 "query_sql": "FROM '{s3_input_path}'"}  # fmt: skip
        (lake / "rest_routes.yaml").write_text(json.dumps({"routes": [route]}))
        (lake / "rest.yaml").write_text(json.dumps(settings))
        run = [bench.eider, "run", "--json", "--config", str(lake / "rest.yaml")]
        measure([*run, "s3://commits/first/"])  # the table is made, and the server is warm
        proxy.clear()
        lines = measure([*run, "s3://commits/fill/"]).lines
    commits = [float(line["steps"]["commit"]) for line in lines if line.get("state") == "LOADED"]
    posts = [(each.ended - each.began) * 1e3 for each in proxy.requests
             if each.method == "POST" and each.path.endswith("/tables/commits")]  # fmt: skip
    if len(commits) != len(posts):
        raise SystemExit(f"bench: {len(commits)} files, {len(posts)} commits: one each was meant")
    bench.results.add(Row("REST: a commit, of which the server takes", "ms", [median(commits)],
                          [median(posts)], "Apache's server", "≤ 1.2",
                          "eider / other"))  # fmt: skip
