"""The Predict exercises as questions of a quiz: GIFT for Moodle, and a QTI package for others."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from sdinterp.course.handouts import Chapter, function_of

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
MATCHES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
TOLERANCE = 0.005


class Question(NamedTuple):
    """One thing to predict: True or False, a number, or one of some words."""

    name: str
    paragraphs: list[str]
    answer: bool | float | str
    choices: list[str]


def questions_of(chapter: Chapter) -> Iterator[Question]:
    """What the Predict exercises of a chapter ask, thing by thing.

    Raises:
        ValueError: where words are to be chosen from, and the right one is not among those that the text offers.
    """
    for exercise in chapter.exercises:
        if exercise.kind != "Predict":
            continue
        space: dict = {}
        exec(function_of(exercise), space)
        answer = space[exercise.name]
        text = re.sub(r"^\*\*\d\. \w+\.\*\* *", "", exercise.text)
        text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
        paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
        offered = re.findall(r'`"(\w+)"`', text)
        for key, value in answer.items() if isinstance(answer, dict) else [("", answer)]:
            more = [f"Answer for: {key}."] if key != "" else []
            name = re.sub(r"\W+", "-", f"{chapter.page}-{exercise.name}-{key}").strip("-")
            choices = ["True", "False"] if isinstance(value, bool) else offered if isinstance(value, str) else []
            if isinstance(value, str) and value not in offered:
                raise ValueError(f"{chapter.page}: the text of `{exercise.name}` does not offer its answer {value!r}")
            yield Question(name, paragraphs + more, value, choices)


def gift(questions: Sequence[Question]) -> str:
    """The questions in Moodle's GIFT format."""
    lines = ["$CATEGORY: sdinterp", ""]
    for one in questions:
        text = r"\n\n".join(re.sub(r"([~=#{}:\\])", r"\\\1", part) for part in one.paragraphs)
        if isinstance(one.answer, bool):
            answer = str(one.answer).upper()
        elif isinstance(one.answer, int | float):
            answer = f"#{one.answer:.6g}:{TOLERANCE}"
        else:
            answer = " ".join(f"{'=' if choice == one.answer else '~'}{choice}" for choice in one.choices)
        lines += [f"::{one.name}::[markdown]{text}{{{answer}}}", ""]
    return "\n".join(lines)


def qti(questions: Sequence[Question]) -> bytes:
    """The questions as a zip that is a QTI 2.1 content package: a manifest, and an item for each."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, root in [("imsmanifest.xml", _manifest(questions)), *((f"{one.name}.xml", _item(one)) for one in questions)]:
            ET.indent(root)
            text = ET.tostring(root, encoding="utf-8", xml_declaration=True)
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    return packed.getvalue()


def _manifest(questions: Sequence[Question]) -> ET.Element:
    root = ET.Element("manifest", xmlns=PACKAGE, identifier="sdinterp-predict")
    metadata = ET.SubElement(root, "metadata")
    ET.SubElement(metadata, "schema").text = "QTIv2.1 Package"
    ET.SubElement(metadata, "schemaversion").text = "1.0.0"
    ET.SubElement(root, "organizations")
    resources = ET.SubElement(root, "resources")
    for one in questions:
        file = f"{one.name}.xml"
        resource = ET.SubElement(resources, "resource", identifier=f"item-{one.name}", type="imsqti_item_xmlv2p1", href=file)
        ET.SubElement(resource, "file", href=file)
    return root


def _item(one: Question) -> ET.Element:
    number = isinstance(one.answer, int | float) and not one.choices
    kind = "float" if number else "identifier"
    root = ET.Element(
        "assessmentItem", xmlns=QTI, identifier=f"item-{one.name}", title=one.name, adaptive="false", timeDependent="false"
    )
    response = ET.SubElement(root, "responseDeclaration", identifier="RESPONSE", cardinality="single", baseType=kind)
    ET.SubElement(ET.SubElement(response, "correctResponse"), "value").text = f"{one.answer:.6g}" if number else str(one.answer)
    score = ET.SubElement(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    ET.SubElement(ET.SubElement(score, "defaultValue"), "value").text = "0"
    body = ET.SubElement(root, "itemBody")
    for part in one.paragraphs:
        ET.SubElement(body, "p").text = part
    if one.choices:
        asked = ET.SubElement(body, "choiceInteraction", responseIdentifier="RESPONSE", shuffle="false", maxChoices="1")
        for choice in one.choices:
            ET.SubElement(asked, "simpleChoice", identifier=choice).text = choice
    else:
        ET.SubElement(ET.SubElement(body, "p"), "textEntryInteraction", responseIdentifier="RESPONSE", expectedLength="12")
    if number:
        root.append(_near())
    else:
        ET.SubElement(root, "responseProcessing", template=MATCHES)
    return root


def _near() -> ET.Element:
    """One point for a number that is near the right one."""
    root = ET.Element("responseProcessing")
    near = ET.SubElement(ET.SubElement(root, "responseCondition"), "responseIf")
    equal = ET.SubElement(near, "equal", toleranceMode="absolute", tolerance=f"{TOLERANCE} {TOLERANCE}")
    ET.SubElement(equal, "variable", identifier="RESPONSE")
    ET.SubElement(equal, "correct", identifier="RESPONSE")
    points = ET.SubElement(near, "setOutcomeValue", identifier="SCORE")
    ET.SubElement(points, "baseValue", baseType="float").text = "1"
    return root
