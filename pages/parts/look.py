"""What the theme cannot say: how close things stand, and what must not be cut off."""

import streamlit as st

_STYLE = """<style>
[data-testid=stMainBlockContainer] { padding: 2.4rem 3rem 4rem; }
[data-testid=stMainBlockContainer] h3 { font-size: 1.15rem; padding: .6rem 0 .4rem; }
[data-testid=stMainBlockContainer] h2 { font-size: 1.9rem; padding: .2rem 0 .6rem; text-wrap: balance; }
[data-testid=stMetricDeltaDescription],
:is([data-testid=stMetricLabel], [data-testid=stMetricDeltaDescription]) * {
  white-space: normal !important; overflow: visible; }
div:has(> [data-testid=stMetricDelta]) { flex-wrap: wrap; row-gap: .1rem; }
/* The example's band: amber on either ground, and told by its words. */
.st-key-example { background: rgba(230, 159, 0, .16); border-left: 4px solid #E69F00; border-radius: 4px;
  padding: .35rem .9rem; }
.st-key-example [data-testid=stMarkdownContainer] { margin: 0; }
.st-key-example p { margin: 0; }
/* Streamlit makes a list as wide as its control: in the sidebar, names would be cut off where they begin to differ. */
[data-testid=stSidebar] [data-testid=stSelectbox] input { font-size: .85rem; }
[data-testid=stSelectboxVirtualDropdown] { min-width: min(34rem, 90vw); }
.st-key-frame { margin-bottom: -1rem; }
[data-testid=stElementContainer]:has(.stMarkdown style) { position: absolute; }
:is(.st-key-example, .st-key-steps) [data-testid=stSkeleton] { height: 1.6rem; }  /* as high as the link to come */
/* On the light blue of the dark theme, white cannot be read. */
[data-testid=stBaseButton-primary], [data-testid=stMultiSelect] [data-tag-index] * {
  color: light-dark(#FFFFFF, #12171E); }
/* Streamlit shows the keyboard's place by a faint ground among the pages, and not at all where the page scrolls. */
:is([data-testid=stSidebarNavLink], [data-testid=stMain]):focus-visible {
  outline: 2px solid light-dark(#0B5FA5, #5CB3F2); outline-offset: -2px; }
@media (max-width: 640px) {
  [data-testid=stMainBlockContainer] { padding: 3.5rem 1rem 3rem; }
}
</style>"""


def apply() -> None:
    """Give the page its look; the browser draws HTML in Markdown sooner than that of `st.html`, so that less moves."""
    st.markdown(_STYLE, unsafe_allow_html=True)


def headline(words: str) -> None:
    """Write the page's answer as the look is written, so that both are drawn together and the answer stays in place.

    Args:
        words: Markdown that leaves names alone (`chart.plain`).
    """
    st.markdown(f"## {words}", unsafe_allow_html=True)
