"""The residents' face: pages that are whole without JavaScript. It owns no tables."""
