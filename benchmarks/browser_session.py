"""A session of the dashboard without a browser: Streamlit's own protocol, spoken over a WebSocket.

It does what the page in a browser does as far as the server can tell: it asks for the page, takes in every message at
once, and sends the widgets that its reader has moved. It keeps no messages, so the server sends each of them whole.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_SECONDS: Final = 60.0
"""A rerun that takes longer is an error."""


@dataclass(frozen=True, eq=False)
class Rerun:
    """What one run of the page's script has sent.

    Args:
        seconds: from the message to the server up to the server's word that the script has finished.
        elements: of the page, in order.
        status: how the script finished.
    """

    seconds: float
    elements: list[Element]
    status: int

    @property
    def said(self) -> str:
        """All words of the page outside its controls, tables and charts."""
        return "\n".join(element.markdown.body for element in self.elements if element.HasField("markdown"))

    @property
    def size(self) -> int:
        """Bytes of the elements."""
        return sum(element.ByteSize() for element in self.elements)

    def slider(self, name: str) -> Slider:
        """Return the slider under that key; where the page has none, it raises StopIteration."""
        return next(e.slider for e in self.elements if e.HasField("slider") and e.slider.id.endswith(f"-{name}"))

    def errors(self) -> Iterator[str]:
        """Yield what went wrong: how the script finished, exceptions, and what the page shows in red."""
        if self.status != ForwardMsg.FINISHED_SUCCESSFULLY:
            yield f"the script finished as {ForwardMsg.ScriptFinishedStatus.Name(self.status)}"
        for element in self.elements:
            if element.HasField("exception"):
                yield f"exception: {element.exception.message}"
            if element.HasField("alert") and element.alert.format == Alert.ERROR:
                yield f"error on the page: {element.alert.body}"


@dataclass(eq=False)
class Session:
    """One reader's session.

    Args:
        socket: to the server.
        query: of the page's address; what the server writes into it comes back with the next rerun.
        moved: widgets that the reader has moved, by id.
        page: which script the server ran last.
    """

    socket: ClientConnection
    query: str
    moved: dict[str, str] = field(default_factory=dict)
    page: str = ""

    async def open(self) -> Rerun:
        """Ask for the page."""
        return await self._rerun()

    async def move(self, slider: Slider, to: str) -> Rerun:
        """Move a slider, by its words, and wait until the page has followed."""
        self.moved[slider.id] = to
        return await self._rerun()

    async def _rerun(self) -> Rerun:
        asked = BackMsg()
        state = asked.rerun_script
        state.query_string, state.page_script_hash = self.query, self.page
        state.context_info.locale, state.context_info.timezone = "en", "UTC"
        for name, words in self.moved.items():
            state.widget_states.widgets.add(id=name).string_array_value.data.append(words)
        start = time.perf_counter()
        await self.socket.send(asked.SerializeToString())
        async with asyncio.timeout(PATIENCE_SECONDS):
            elements, status = await self._followed()
        return Rerun(time.perf_counter() - start, elements, status)

    async def _followed(self) -> tuple[list[Element], int]:
        """Take in messages until the script has finished."""
        elements: list[Element] = []
        while True:
            said = ForwardMsg.FromString(await self.socket.recv(decode=False))
            kind = said.WhichOneof("type")
            if kind == "new_session":
                elements, self.page = [], said.new_session.page_script_hash
            elif kind == "page_info_changed":
                self.query = said.page_info_changed.query_string
            elif kind == "delta" and said.delta.HasField("new_element"):
                elements.append(said.delta.new_element)
            elif kind == "script_finished":
                return elements, said.script_finished


async def begun(port: int, query: str) -> Session:
    """Connect to the app on this machine's `port`, as a tab that has just been opened."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    socket = await connect(address, subprotocols=["streamlit"], origin=f"http://127.0.0.1:{port}", max_size=None)
    return Session(socket, query)
