"""Names for the streets of the sample city: each district has a theme, as if one surveyor had named it in one afternoon."""

from __future__ import annotations


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


DISTRICT_NAMES = {
    "oldtown": _split(
        """
        Anchor Baker Bellows Candle Chandler Cooper Cordwain Cutler Dyer Farrier Fletcher Forge Fuller Glover Hatter Joiner Loom
        Mason Needle Netmaker Pewter Printer Quill Sailmaker Saddler Shuttle Spinner Tailor Tanner Thatch Tinker Turner
        Wainwright Weaver Wheel Wick Workshop
        """
    ),
    "northbank": _split(
        """
        Alder Ash Aspen Balsam Basswood Beech Birch Blackthorn Boxwood Buckeye Catalpa Cedar Cherry Chestnut Cypress Dogwood
        Elder Elm Fir Hawthorn Hazel Hickory Holly Hornbeam Juniper Larch Linden Locust Maple Medlar Mulberry Pear Pine Quince
        Rowan Spruce Sycamore Tamarack Walnut Willow
        """
    ),
    "uplands": _split(
        """
        Aster Bellflower Betony Bluebell Bramble Campion Clover Columbine Coltsfoot Cowslip Daisy Foxglove Gentian Heather
        Honeysuckle Hyssop Iris Lavender Lupine Mallow Marigold Meadowsweet Myrtle Peony Periwinkle Poppy Primrose Rosemary Sage
        Snowdrop Sorrel Speedwell Sweetbriar Tansy Teasel Thyme Trefoil Valerian Verbena Violet Woodruff Yarrow
        """
    ),
    "shore": _split(
        """
        Abalone Barnacle Bollard Breakwater Buoy Capstan Clamshell Cockle Compass Conch Coral Cutwater Driftwood Eddy Foghorn
        Gangway Halyard Headland Jetty Keel Kelp Lagoon Leeward Limpet Mainsail Mussel Oyster Paddle Pearl Periscope Pilot
        Plover Rigging Rudder Scallop Seaglass Shoal Skiff Spinnaker Starboard Surf Tern Tidepool Topsail Whelk Windward
        """
    ),
    "westbank": _split(
        """
        Bittern Bunting Buzzard Chaffinch Coot Cormorant Crane Crossbill Curlew Dipper Dove Dunlin Egret Falcon Fieldfare Finch
        Goldcrest Goshawk Grebe Grouse Harrier Heron Jackdaw Jay Kestrel Kingfisher Kite Lapwing Lark Linnet Magpie Martin
        Merlin Nightingale Nuthatch Oriole Osprey Owl Partridge Pheasant Pintail Pipit Quail Raven Redstart Robin Rook Siskin
        Skylark Snipe Sparrow Starling Swallow Swift Teal Thrush Wagtail Warbler Waxwing Wren
        """
    ),
    "southbank": _split(
        """
        Agate Amber Basalt Beryl Borax Brass Bronze Chalk Cinnabar Cobalt Copper Diamond Dolomite Emerald Feldspar Flint Galena
        Garnet Gneiss Granite Graphite Gypsum Iron Jade Jasper Jet Limestone Malachite Marble Mica Nickel Obsidian Onyx Opal
        Pumice Pyrite Quartz Ruby Sandstone Sapphire Schist Silver Slate Steel Talc Tin Topaz Tourmaline Turquoise Zinc Zircon
        """
    ),
}
AVENUE_NAMES = (
    "Meridian Avenue",
    "Commonweal Boulevard",
    "Granary Avenue",
    "Assembly Avenue",
    "Harvest Boulevard",
    "Schoolhouse Road",
    "Aqueduct Avenue",
    "Old Post Road",
    "Almanac Avenue",
    "Belfry Avenue",
    "Causeway Boulevard",
    "Lyceum Avenue",
    "Toll Gate Road",
    "Observatory Avenue",
    "Charter Avenue",
    "Quarry Road",
    "Founders Avenue",
    "Weather Station Road",
    "Fairground Avenue",
    "Reservoir Road",
    "Tidemark Boulevard",
    "Hospital Avenue",
    "Signal Hill Road",
    "Cannery Avenue",
    "Union Depot Avenue",
)
