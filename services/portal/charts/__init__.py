"""Pictures drawn on the server: pure functions from data to SVG (or an HTML table), no inline style, text as text.

Colours come from the style sheets by class, so that one picture serves light, dark and paper.
"""
