"""What will be spoken, in which request: pure functions from a `Book` to lines and chunks."""

from pipeline.script.chunks import Chunk, Limits, Line, Script, ScriptChapter, ScriptSettings
from pipeline.script.cuts import script_of

__all__ = ["Chunk", "Limits", "Line", "Script", "ScriptChapter", "ScriptSettings", "script_of"]
