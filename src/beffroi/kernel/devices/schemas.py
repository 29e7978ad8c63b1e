"""JSON in and out of the relay: one frame of the gate protocol each way (docs/spec/gate.md, section 9)."""

from ninja import Schema
from pydantic import Field, JsonValue


class Carried(Schema):
    """A frame, as an object whose member `f` names it."""

    frame: dict[str, JsonValue] = Field(max_length=16)
