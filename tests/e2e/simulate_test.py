"""`pilotlight simulate` as its users call it: on small traces of every format, and on what is wrong with them."""

import json
import subprocess
import xml.dom.minidom
from pathlib import Path

import pytest
from server import PROGRAM

TIMER = "time,model\n" + "".join(
    f"2026-01-{5 + hour // 24:02d} {hour % 24:02d}:00:0{hour % 3},hourly\n" for hour in range(72)
)
TRACES = {
    "arrivals": TIMER,
    "one": "TIMESTAMP,ContextTokens\n2023-11-16 18:17:03.9799600,4808\n2023-11-16 18:27:04.03,1\n",
    "long": "interval_start,model,requests\n2015-02-26 21:42:53,A,11\n2015-02-26 21:42:53,B,7\n"
    "2015-02-26 21:57:53,A,3\n2015-02-26 22:02:53,A,9000\n",
    "minutes": "minute,requests\n1998-04-30 21:30:00,2\n1998-04-30 21:40:00,11\n",
    "wide": "HashFunction,Trigger,1,2,3,4\nf,queue,5,0,0,1\ng,timer,0,0,0,1\n",
    "ended": "app,func,end_timestamp,duration\nx,f,57.157,57.154\nx,g,0.079,0.078\n",
}


def simulate(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    settings = folder / "pilotlight.toml"
    settings.write_text("")
    command = [str(PROGRAM), "simulate", "--config", str(settings), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture
def timer(tmp_path) -> str:
    (tmp_path / "timer.csv").write_text(TIMER)
    return str(tmp_path / "timer.csv")


@pytest.mark.parametrize("name", TRACES)
def test_every_format_is_recognised_by_its_header(tmp_path, name):
    file = tmp_path / f"{name}.csv"
    file.write_text(TRACES[name])
    ran = simulate(tmp_path, "--trace", str(file), "--json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert [one["policy"] for one in told["policies"]] == ["fixed", "reactive", "predictive", "clairvoyant"]
    for one in told["policies"]:
        assert one["requests"] == pytest.approx(told["trace"]["requests"])


def test_an_hourly_caller_always_waits_under_the_fixed_delay_and_never_if_the_future_is_known(tmp_path, timer):
    ran = simulate(tmp_path, "--trace", timer, "--policy", "fixed", "--policy", "clairvoyant", "--json")
    fixed, knowing = json.loads(ran.stdout)["policies"]
    assert (fixed["cold_starts"], fixed["waited"]) == (72, 72)
    assert fixed["wait_max_seconds"] == pytest.approx(0.42)
    assert fixed["worker_seconds"] == pytest.approx(71 * 300.4, rel=0.01)  # the trace ends with the last call
    assert knowing["waited"] <= 1
    assert knowing["mebibyte_seconds"] < 0.02 * fixed["mebibyte_seconds"]


def test_settings_costs_and_seed_are_obeyed(tmp_path, timer):
    ran = simulate(
        tmp_path, "--trace", timer, "--policy", "fixed", "--json", "--service-ms", "100", "--start-ms", "zero=5000",
        "--memory-mib", "instance=1000", "--seed", "7", "--set", "autoscaling.zero_scaling.scale_to_zero_delay=4000",
    )  # fmt: skip
    told = json.loads(ran.stdout)
    fixed = told["policies"][0]
    assert told["seed"] == 7 and told["scale_to_zero_delay"] == 4000
    assert told["costs"]["mebibytes"]["instance"] == 1000
    assert fixed["cold_starts"] == 1 and fixed["wait_max_seconds"] == pytest.approx(5)
    assert fixed["worker_seconds_used"] == pytest.approx(7.2)


def test_the_table_has_a_column_for_each_policy(tmp_path, timer):
    ran = simulate(tmp_path, "--trace", timer)
    assert ran.returncode == 0 and ran.stderr == ""
    assert ran.stdout.startswith("timer.csv: 1 model, 72 requests in 2 d 23 h from 2026-01-05 00:00\n")
    assert ran.stdout.splitlines()[2].split() == ["fixed", "reactive", "predictive", "clairvoyant"]
    assert "cold starts" in ran.stdout and "saved memory, against always on" in ran.stdout


def test_the_page_is_complete_in_itself(tmp_path, timer):
    page = tmp_path / "timer.html"
    ran = simulate(tmp_path, "--trace", timer, "--html", str(page))
    assert ran.returncode == 0, ran.stderr
    text = page.read_text()
    assert "<script" not in text and "http" not in text and "prefers-color-scheme:dark" in text
    drawings = ["<svg" + part.split("</svg>")[0] + "</svg>" for part in text.split("<svg")[1:]]
    assert len(drawings) == 4 + 4
    for drawing in drawings:
        xml.dom.minidom.parseString(drawing)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--trace", "none.csv"], 1, "the trace 'none.csv' cannot be opened: No such file or directory"),
        (["--trace", "bad.csv"], 1, "bad.csv:3: the time is 'noon'; expected is YYYY-MM-DD HH:MM:SS"),
        (["--trace", "timer.csv", "--policy", "lucky"], 1, "the policy 'lucky' is not known; allowed are fixed,"),
        (["--trace", "timer.csv", "--profile", "gpt"], 1, "the profile 'gpt' is not known; allowed are minilm and mlp"),
        (["--trace", "timer.csv", "--service-ms", "0"], 1, "--service-ms is '0'; allowed are milliseconds from"),
        (["--trace", "timer.csv", "--start-ms", "instance=1"], 1, "--start-ms instance=1 is not understood"),
        (["--trace", "timer.csv", "--start-ms", "zygote=900"], 1, "--start-ms: zygote must not start slower than zero"),
        (["--trace", "timer.csv", "--memory-mib", "zero=1"], 1, "--memory-mib zero=1 is not understood"),
        (["--trace", "timer.csv", "--set", "no.such=1"], 1, "no.such"),
        (["--trace", "timer.csv", "--html", "/no/such/folder/x.html"], 1, "--html: '/no/such/folder/x.html' cannot be"),
        ([], 2, "--trace is required"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(tmp_path, timer, arguments, code, sentence):
    (tmp_path / "bad.csv").write_text("time,model\n2026-01-05 00:00:00,a\nnoon,a\n")
    ran = simulate(tmp_path, *arguments)
    assert ran.returncode == code
    assert sentence in ran.stderr
    assert ran.stdout == ""


def test_help_shows_examples(tmp_path):
    ran = simulate(tmp_path, "--help")
    assert ran.returncode == 0
    assert "pilotlight simulate --trace calls.csv" in ran.stdout


def test_a_model_of_the_repository_has_what_its_toml_says(tmp_path, timer):
    def waited() -> float:
        done = simulate(tmp_path, "--trace", timer, "--policy", "fixed", "--json", "--set", f"models.repository={tmp_path}/models")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["policies"][0]["waited_share"]

    assert waited() > 0.9  # an hour apart, with a delay of five minutes
    (tmp_path / "models" / "hourly").mkdir(parents=True)
    toml = tmp_path / "models" / "hourly" / "model.toml"
    toml.write_text("[autoscaling.zero_scaling]\nscale_to_zero_delay = 4000.0\n")
    assert waited() < 0.1
    toml.write_text("[autoscaling.zero_scaling]\nscale_to_zero_delay = -1\n")
    done = simulate(tmp_path, "--trace", timer, "--set", f"models.repository={tmp_path}/models")
    assert done.returncode == 1
    assert "model.toml:2: 'autoscaling.zero_scaling.scale_to_zero_delay'" in done.stderr
