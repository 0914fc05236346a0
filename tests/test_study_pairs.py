import json
import re
import shutil
import threading
import zipfile
from collections import Counter
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sdinterp.defaults import POSTCARDS, STEPS
from sdinterp.postcards.captions import SYNONYMS, vocabulary
from sdinterp.postcards.scenes import ATTRIBUTES
from sdinterp.study import downloads, recorded
from sdinterp.study.pairs import csv_pairs, cxc_pairs, postcards_pairs
from sdinterp.study.plan import ALPHAS, PLAN
from sdinterp.study.settings import LEVELS, Settings

MEANS = {word: value for value, words in SYNONYMS.items() for word in words}


def values(prompt):
    """The value of each attribute that a caption names, read off its words."""
    words = [MEANS.get(word, word) for word in re.findall(r"\w+", prompt)]
    return {name: next(word for word in words if word in known) for name, known in ATTRIBUTES.items()}


class TestPostcards:
    pairs = postcards_pairs(LEVELS, 6, seed=7)

    def test_every_level_has_its_pairs_and_both_word_orders_evenly(self):
        counted = Counter((pair.level, pair.group["order"]) for pair in self.pairs)
        assert counted == {(level, order): 3 for level in LEVELS for order in ("fixed", "free")}
        assert len({pair.id for pair in self.pairs}) == 60

    def test_captions_share_exactly_what_their_level_says_and_name_all_ten(self):
        for pair in self.pairs:
            a, b = values(pair.prompt_a), values(pair.prompt_b)
            assert len(a) == len(b) == 10
            shared = [name for name in ATTRIBUTES if a[name] == b[name]]
            assert len(shared) == 2 * pair.level and pair.group["shared"] == ",".join(shared)

    def test_words_are_those_the_model_knows_and_captions_of_one_scene_differ(self):
        known = set(vocabulary())
        for pair in self.pairs:
            assert set(re.findall(r"\w+", pair.prompt_a + " " + pair.prompt_b)) <= known
            assert pair.prompt_a != pair.prompt_b

    def test_pairs_depend_on_seed_level_and_number_alone(self):
        assert self.pairs == postcards_pairs(LEVELS, 6, seed=7)
        assert postcards_pairs([2.5], 2, seed=7) == [pair for pair in self.pairs if pair.level == 2.5][:2]
        assert not {pair.prompt_a for pair in self.pairs} & {pair.prompt_a for pair in postcards_pairs(LEVELS, 6, seed=8)}

    @pytest.mark.parametrize("level", [0, 0.7, 5.5, -1])
    def test_other_levels_are_refused(self, level):
        with pytest.raises(ValueError, match="its levels are"):
            postcards_pairs([level], 1)


CAPTIONS = {10: "A dog runs .", 11: "A dog is\nrunning.", 12: "A cat sleeps.", 13: "A man rides.", 14: "a dog runs  ."}
ROWS = [
    (10, 11, "5.0", "c2c_cocaption"), (10, 12, "0.5", "c2c_isim"), (11, 12, "0.5", "c2c_isim"), (12, 11, "0.5", "c2c_isim"),
    (12, 13, "0.5", "c2c_cocaption"), (10, 13, "0.62", "c2c_cocaption"), (11, 13, "0.2", "c2c_isim"),
]  # fmt: skip


@pytest.fixture
def cxc(tmp_path):
    """Tiny files in the shape of CxC's and COCO's."""

    def write(rows=ROWS, captions=CAPTIONS):
        lines = [f"COCO_val2014:sentid:{a},COCO_val2014:sentid:{b},{score},{method}" for a, b, score, method in rows]
        scores = tmp_path / "sts_test.csv"
        scores.write_text("\n".join(["caption1,caption2,agg_score,sampling_method", *lines]) + "\n")
        texts = tmp_path / "captions_val2014.json"
        texts.write_text(json.dumps({"annotations": [{"id": k, "image_id": 1, "caption": text} for k, text in captions.items()]}))
        return [scores], texts

    return write


class TestCrisscrossedCaptions:
    def test_captions_are_joined_by_id_and_each_pair_comes_once(self, cxc):
        pairs = cxc_pairs(*cxc(), levels=[0.5, 5.0], per_level=1)
        assert pairs[1].id == "5-10-11" and (pairs[1].prompt_a, pairs[1].prompt_b) == ("A dog runs .", "A dog is running.")
        assert pairs[1].group == {"sampling": "c2c_cocaption"} and pairs[1].level == 5
        three = cxc_pairs(*cxc(), levels=[0.5], per_level=3)
        assert {pair.id for pair in three} == {"0.5-10-12", "0.5-11-12", "0.5-12-13"}
        with pytest.raises(ValueError, match=r"level 0\.5 has 3 pairs, not 4"):
            cxc_pairs(*cxc(), levels=[0.5], per_level=4)

    def test_nearest_takes_the_half_point_that_is_nearest(self, cxc):
        near = cxc_pairs(*cxc(), levels=[0.5], per_level=4, match="nearest")
        assert {pair.id for pair in near} == {"0.5-10-12", "0.5-11-12", "0.5-12-13", "0.5-10-13"}

    def test_sampling_methods_can_be_balanced_or_filtered(self, cxc):
        both = cxc_pairs(*cxc(), levels=[0.5], per_level=2, sampling="balance")
        assert [pair.group["sampling"] for pair in both] == ["c2c_cocaption", "c2c_isim"]
        assert len(cxc_pairs(*cxc(), levels=[0.5], per_level=2, sampling="c2c_isim")) == 2
        with pytest.raises(ValueError, match="0 pairs of c2c_isim, not 1"):
            cxc_pairs(*cxc(), levels=[5.0], per_level=2, sampling="balance")

    def test_draws_depend_on_the_seed_and_grow(self, cxc):
        orders = {tuple(pair.id for pair in cxc_pairs(*cxc(), levels=[0.5], per_level=3, seed=seed)) for seed in range(8)}
        assert len(orders) > 1
        assert cxc_pairs(*cxc(), levels=[0.5], per_level=2) == cxc_pairs(*cxc(), levels=[0.5], per_level=3)[:2]

    def test_the_same_words_twice_are_no_pair(self, cxc):
        with pytest.raises(ValueError, match="has 0 pairs"):
            cxc_pairs(*cxc([(10, 14, "5.0", "c2c_isim")], CAPTIONS | {14: "A dog  runs ."}), levels=[5.0], per_level=1)

    @pytest.mark.parametrize(
        ("rows", "captions", "message"),
        [
            ([(10, 99, "5.0", "c2c_isim")], CAPTIONS, "caption 99 is not in captions_val2014.json"),
            ([(10, 11, "five", "c2c_isim")], CAPTIONS, "line 2: agg_score is 'five', not a number"),
            ([("x", 11, "5.0", "c2c_isim")], CAPTIONS, "'COCO_val2014:sentid:x' is not an id such as"),
        ],
    )
    def test_bad_files_get_one_clear_sentence(self, cxc, rows, captions, message):
        with pytest.raises(ValueError, match=re.escape(message)):
            cxc_pairs(*cxc(rows, captions), levels=[5.0], per_level=1)

    def test_a_byte_order_mark_is_no_hindrance(self, cxc):
        (scores,), captions = cxc()
        for file in (scores, captions):
            file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
        assert len(cxc_pairs([scores], captions, [5.0], 1)) == 1

    def test_files_of_another_kind_and_unknown_options(self, cxc, tmp_path):
        scores, captions = cxc()
        with pytest.raises(ValueError, match="has no column 'caption1'"):
            cxc_pairs([captions], captions, [5.0], 1)
        with pytest.raises(ValueError, match="not a file of COCO captions"):
            cxc_pairs(scores, scores[0], [5.0], 1)
        with pytest.raises(ValueError, match="choose 'exact' or 'nearest'"):
            cxc_pairs(scores, captions, [5.0], 1, match="close")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="choose all, balance"):
            cxc_pairs(scores, captions, [5.0], 1, sampling="most")


class TestCsv:
    @pytest.fixture
    def write(self, tmp_path):
        def write(text):
            (tmp_path / "mine.csv").write_text(text, encoding="utf-8-sig")
            return tmp_path / "mine.csv"

        return write

    def test_a_file_of_ones_own(self, write):
        path = write('level,prompt_a,prompt_b,note\n2,"a cat, asleep",a dog,x\n1,b,c,\n2,d,e,\n')
        pairs = csv_pairs(path)
        assert [(pair.level, pair.prompt_a, pair.prompt_b) for pair in pairs] == [
            (1, "b", "c"), (2, "a cat, asleep", "a dog"), (2, "d", "e"),
        ]  # fmt: skip
        assert [pair.id for pair in csv_pairs(path, [2], 1)] == ["line-2"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("prompt_a,prompt_b\na,b\n", "has no column 'level'"),
            ("", "has no column 'prompt_a'"),
            ("prompt_a,prompt_b,level\n", "holds no pairs"),
            ("prompt_a,prompt_b,level\na,b,much\n", "line 2: level is 'much', not a number"),
            ("prompt_a,prompt_b,level\na,b,nan\n", "not a number"),
            ("prompt_a,prompt_b,level\na, ,1\n", "line 2: a prompt is empty"),
            ("prompt_a,prompt_b,level\na,b\n", "line 2: fewer than 3 values"),
            ("level,prompt_a,prompt_b\n0.5,a red boat, at noon,a blue car\n", "line 2: more than 3 values; put a text that holds"),
            ("prompt_a,prompt_b,level\na,b,1\na, b,c,1\n", "line 3: more than 3 values"),
            ('prompt_a,prompt_b,level\n"a red boat,b,1\nc,d,1\n', "is not a csv file"),
            ("prompt_a;prompt_b;level\na, b;c;1\n", "it needs prompt_a, prompt_b, level, with commas between, not semicolons"),
            ("prompt_a\tprompt_b\tlevel\na\tc\t1\n", "with commas between, not tabs"),
            ("a,b,level\na,b,1\n", "has no column 'prompt_a'; it needs prompt_a, prompt_b, level, it has 'a, b, level'"),
        ],
    )
    def test_bad_files_get_one_clear_sentence(self, write, text, message):
        with pytest.raises(ValueError, match=re.escape(message)):
            csv_pairs(write(text))

    def test_too_few_pairs_at_a_level(self, write):
        with pytest.raises(ValueError, match=r"level 3 has 0 pairs in mine.csv, not 1"):
            csv_pairs(write("prompt_a,prompt_b,level\na,b,1\n"), [3])
        with pytest.raises(ValueError, match=r"level 1 has 1 pairs in mine.csv, not 2"):
            csv_pairs(write("prompt_a,prompt_b,level\na,b,1\n"), per_level=2)


class TestDownloads:
    @pytest.fixture
    def sources(self, tmp_path, monkeypatch):
        """Sources that a server of this machine gives, from a folder, and a cache folder of the test's own."""
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        files = tmp_path / "files"
        files.mkdir()
        (files / "scores").write_text("caption1\n")
        with zipfile.ZipFile(files / "all.zip", "w") as archive:
            archive.writestr("annotations/captions_val2014.json", "{}")
            archive.writestr("annotations/instances_val2014.json", "[]")
        urls = {"sts_val.csv": "scores", "sts_test.csv": "scores", downloads.CAPTIONS: "all.zip"}
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=files)) as server:
            address = f"http://127.0.0.1:{server.server_port}"
            monkeypatch.setattr(downloads, "SOURCES", {name: f"{address}/{file}" for name, file in urls.items()})
            threading.Thread(target=server.serve_forever, args=(0.01,)).start()
            yield files
            server.shutdown()

    @pytest.fixture
    def cache(self, tmp_path):
        return tmp_path / "cache" / "sdinterp"

    def test_a_file_is_fetched_once_and_an_archive_is_opened(self, sources, cache):
        path = downloads.cached("sts_val.csv")
        assert path.read_text() == "caption1\n" and path == cache / "sts_val.csv"
        assert downloads.cached(downloads.CAPTIONS).read_text() == "{}"
        (sources / "scores").unlink()
        assert downloads.cached("sts_val.csv") == path
        assert {file.name for file in cache.iterdir()} == {"sts_val.csv", downloads.CAPTIONS}

    def test_another_file_than_ours_is_refused_and_leaves_nothing(self, sources, cache):
        with pytest.raises(ValueError, match=r"is not the sts_test\.csv we know"):
            downloads.cached("sts_test.csv")
        assert list(cache.iterdir()) == []

    def test_half_a_file_is_refused_and_leaves_nothing(self, sources, cache, monkeypatch):
        monkeypatch.setattr(Quiet, "send_header", lambda self, name, value: SimpleHTTPRequestHandler.send_header(
            self, name, "100" if name == "Content-Length" else value
        ))  # fmt: skip
        with pytest.raises(ValueError, match=r"cannot get sts_val.csv .*91 more expected"):
            downloads.cached("sts_val.csv")
        assert list(cache.iterdir()) == []

    @pytest.mark.parametrize("left", [None, b"no archive"])
    def test_what_cannot_be_had_is_one_sentence(self, sources, cache, left):
        (sources / "all.zip").unlink()
        if left:
            (sources / "all.zip").write_bytes(left)
        with pytest.raises(ValueError, match=r"cannot get captions_val2014.json .* give the file itself"):
            downloads.cached(downloads.CAPTIONS)
        assert list(cache.iterdir()) == []


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        pass


class TestSettings:
    def test_the_primary_test_is_fixed_with_them(self):
        assert Settings().primary == PLAN and "Wilcoxon" in PLAN and "optimal vs standard and optimal vs random" in PLAN
        assert Settings().alphas == ALPHAS == (0.05, 0.01, 0.001)

    @pytest.mark.parametrize("other", [{"primary": "a paired t-test"}, {"alphas": (0.001,)}, {"alphas": (0.05, 0.01)}])
    def test_a_plan_that_the_analysis_does_not_carry_out_is_refused(self, other):
        with pytest.raises(ValueError, match=r"^the plan is .*; the analysis carries out 'two-sided Wilcoxon"):
            Settings(**other)
        stored = json.loads(Settings().to_json()) | other
        with pytest.raises(ValueError, match="the analysis carries out"):
            Settings.from_json(json.dumps(stored))

    def test_settings_recorded_by_an_earlier_version_are_read(self):
        kept = json.loads((recorded("first") / "settings.json").read_text())["settings"]
        assert Settings.from_json(json.dumps(kept)).frames == kept["frames"]
        assert Settings.from_json(json.dumps({"noise_seeds": 3})).noises == 3

    def test_studies_of_the_bundled_model_are_those_that_were_recorded(self):
        assert Settings().steps == STEPS and Settings() == Settings(steps=STEPS)
        assert Settings().hash == "8a2b7f1430283fde0e2f3b1b719b96fb8b3740cbb302d59ced1c2c64c7dc5e01", (
            "as it was when they were recorded"
        )
        assert Settings(model="a-folder").steps is None, "until its folder is seen"

    def test_hash_is_of_the_values_and_survives_json(self):
        a = Settings(couplings=("ot", "clip"), levels=(1, 2), guidance=4)
        b = Settings(couplings=("optimal", "standard"), levels=(1.0, 2.0), guidance=4.0)
        assert a == b and a.hash == b.hash and Settings.from_json(a.to_json()) == a
        others = [Settings(seed=1), Settings(frames=8), Settings(levels=(1, 2)), Settings(source={"pairs": "csv"}), Settings(p=1)]
        assert len({a.hash, Settings().hash, *(other.hash for other in others)}) == 7

    def test_nets_follow_the_model_unless_named(self, tmp_path):
        assert Settings().nets == ("efficientnet-lite0", "postcards")
        assert Settings(model="some/model").nets == ("lpips-alex",)
        assert Settings(model=str(shutil.copytree(POSTCARDS, tmp_path / "mine"))).nets == Settings().nets
        assert Settings(model="some/model", net="lpips-vgg", second_net="lpips-alex").nets == ("lpips-vgg", "lpips-alex")

    def test_each_random_coupling_is_drawn_as_often_as_asked(self):
        runs = Settings(couplings=("optimal", "random", "random_words"), random_draws=2).runs
        assert runs == (("optimal", 0), ("random", 0), ("random", 1), ("random_words", 0), ("random_words", 1))

    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            ({"frames": 1}, "frames is 1; it must be a whole number, at least 2"), ({"steps": 0}, "steps is 0"),
            ({"per_level": 0}, "per_level is 0"), ({"noises": 0}, "noises is 0"), ({"random_draws": 1.5}, "whole number"),
            ({"levels": ()}, "at least one"), ({"levels": (1, 1)}, "each once"), ({"couplings": ("ot", "optimal")}, "each once"),
            ({"couplings": ("best",)}, "unknown coupling"), ({"guidance": -1}, "between 0 and 100"), ({"p": 0.5}, "at least 1"),
            ({"net": "vgg"}, "unknown perceptual net"), ({"second_net": "efficientnet-lite0"}, "both perceptual nets"),
            ({"seed": -1}, "seed is -1"), ({"dtype": "int8"}, "dtype"), ({"source": {"pairs": "flickr"}}, "choose postcards"),
        ],
    )  # fmt: skip
    def test_what_no_study_can_run_with_is_refused(self, bad, message):
        with pytest.raises(ValueError, match=message):
            Settings(**bad)
