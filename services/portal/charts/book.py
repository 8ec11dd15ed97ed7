"""The pictures as pages call them: `{{ charts.radar(profile) }}` draws in the language of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from markupsafe import Markup

from services.portal.charts.bars import bars
from services.portal.charts.coast import coast
from services.portal.charts.group_levels import GroupLevels, group_levels
from services.portal.charts.heatmap import Heatmap, heatmap
from services.portal.charts.legend import level_legend, profile_legend
from services.portal.charts.map import Map, map_picture
from services.portal.charts.model_picture import model_list, model_picture
from services.portal.charts.profile import Band, Profile
from services.portal.charts.quartile_strip import QuartileStrip, quartile_strip
from services.portal.charts.radar import radar
from services.portal.charts.sparkline import Sparkline, sparkline
from services.portal.translations import Translations


class ChartBook:
    def __init__(self, words: Callable[[], Translations]) -> None:
        self._words = words

    def radar(self, profile: Profile) -> Markup:
        return radar(profile, self._words())

    def bars(self, profile: Profile) -> Markup:
        return bars(profile, self._words())

    def profile_legend(self, profile: Profile) -> Markup:
        return profile_legend(profile, self._words())

    def level_legend(self, bands: Iterable[Band] = ()) -> Markup:
        return level_legend(self._words(), bands)

    def quartile_strip(self, data: QuartileStrip) -> Markup:
        return quartile_strip(data, self._words())

    def group_levels(self, data: GroupLevels) -> Markup:
        return group_levels(data, self._words())

    def heatmap(self, data: Heatmap) -> Markup:
        return heatmap(data, self._words())

    def map(self, data: Map) -> Markup:
        return map_picture(data, coast(), self._words())

    def model_picture(self, profile: Profile) -> Markup:
        return model_picture(profile, self._words())

    def model_list(self, profile: Profile) -> Markup:
        return model_list(profile, self._words())

    def sparkline(self, data: Sparkline) -> Markup:
        return sparkline(data, self._words())
