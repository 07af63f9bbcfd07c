"""What people of the sample city write about trash, water, trees, parks and their neighbors, and the words when it is done."""

from __future__ import annotations

from evenhand.twin.sample_words_streets import Words

HOME_WORDS = {
    "MISSED_TRASH": Words(
        en=(
            "Recycling was not picked up, bins out since six in the morning.",
            "Trash missed again, second week in a row.",
            "Our whole side of the street was skipped.",
            "Yard waste left behind.",
            "They emptied the neighbors' bins but not ours.",
        ),
        es=(
            "No recogieron el reciclaje aunque saqué el bote a tiempo.",
            "Otra vez se saltaron nuestra calle.",
        ),
        done_en=(
            "The truck came back and emptied the bins.",
            "Picked up. The driver has the address on the route list now.",
        ),
        done_es=("El camión regresó y vació los botes.",),
    ),
    "BULKY": Words(
        en=(
            "One couch and two chairs.",
            "Old mattress and box spring.",
            "Refrigerator, doors taken off.",
            "Wooden table, bookshelf, carpet roll.",
            "Washing machine.",
        ),
        es=(
            "Un sillón y un colchón viejo.",
            "Un refrigerador que ya no sirve.",
        ),
        done_en=(
            "All items were picked up on the date given.",
            "Picked up. Thank you for putting it out the evening before.",
        ),
        done_es=("Se recogieron todos los objetos.",),
    ),
    "ILLEGAL_DUMPING": Words(
        en=(
            "Pile of tires behind the bus shelter.",
            "Somebody dumped a kitchen on the corner.",
            "Bags of household trash by the river path.",
            "Building rubble on the empty lot, it is the third time.",
            "Mattress and broken furniture on the sidewalk.",
        ),
        es=(
            "Tiraron escombros en el lote vacío.",
            "Hay bolsas de basura y llantas junto al río.",
        ),
        done_en=(
            "Everything was removed.",
            "Removed. A camera was set up because it happens often here.",
        ),
        done_es=("Se retiró toda la basura.",),
    ),
    "GRAFFITI": Words(
        en=(
            "Tags all over the underpass wall.",
            "Spray paint on the bus shelter.",
            "Graffiti on the bridge railing.",
            "Tags on the mailbox and the signal box.",
            "Paint on the library wall.",
        ),
        es=(
            "Pintaron la pared del puente.",
            "Hay grafiti en la parada del autobús.",
        ),
        done_en=(
            "Cleaned.",
            "Painted over in the colour of the wall.",
        ),
        done_es=("Se limpió la pared.",),
    ),
    "DEAD_ANIMAL": Words(
        en=(
            "Dead raccoon at the curb.",
            "Dead seagull in front of the school gate.",
            "Dead squirrel on the sidewalk.",
        ),
        es=(
            "Hay un animal muerto en la banqueta.",
            "Una gaviota muerta en la entrada del parque.",
        ),
        done_en=(
            "Removed.",
            "Removed and the place was cleaned.",
        ),
        done_es=("Se retiró el animal.",),
    ),
    "NEEDLE": Words(
        en=(
            "Two needles under the bench.",
            "Syringe near the playground fence.",
            "Needles in the stairwell of the bridge.",
        ),
        es=(
            "Hay jeringas debajo de la banca.",
            "Vi una aguja cerca del parque infantil.",
        ),
        done_en=(
            "Picked up. The surroundings were searched as well.",
            "Collected by the health team.",
        ),
        done_es=("Se recogieron las jeringas.",),
    ),
    "WATER_LEAK": Words(
        en=(
            "Water has been running down the curb since morning.",
            "Hydrant drips, there is a puddle that freezes.",
            "Wet spot in the road that never dries.",
            "Hardly any pressure on the third floor.",
            "Water bubbles up around the meter cover.",
        ),
        es=(
            "Sale agua del pavimento desde la mañana.",
            "El hidrante gotea todo el día.",
        ),
        done_en=(
            "The leak was found and repaired.",
            "A crew repaired it; the pressure is back to normal.",
        ),
        done_es=("Se encontró la fuga y se reparó.",),
    ),
    "SEWER": Words(
        en=(
            "Strong smell from the manhole.",
            "Water comes up through the floor drain when it rains.",
            "Manhole overflows at the low end of the street.",
        ),
        es=(
            "Sale mal olor de la alcantarilla.",
            "El drenaje se regresa cuando llueve.",
        ),
        done_en=(
            "The main was flushed, the blockage is gone.",
            "The line was filmed and cleared.",
        ),
        done_es=("Se limpió la tubería y ya no está tapada.",),
    ),
    "POWER_OUTAGE": Words(
        en=(
            "No power since the storm.",
            "Half of our building is dark.",
            "The lights went out twice today and now they stay off.",
        ),
        es=(
            "No hay luz desde la tormenta.",
            "Se fue la luz en toda la cuadra.",
        ),
        done_en=(
            "Power is back. A fuse on the transformer was replaced.",
            "Power is back. A branch was taken off the line.",
        ),
        done_es=("Ya volvió la luz. Se cambió un fusible.",),
    ),
    "HEAT": Words(
        en=(
            "No heat for three days, small children at home.",
            "The radiators stay cold at night.",
            "No hot water since the weekend.",
        ),
        es=(
            "No tenemos calefacción desde hace tres días.",
            "No hay agua caliente desde el domingo.",
        ),
        done_en=(
            "The inspector measured and the owner repaired the boiler.",
            "Heat is back; the inspector checked it.",
        ),
        done_es=("El dueño reparó la caldera y el inspector lo comprobó.",),
    ),
    "RODENTS": Words(
        en=(
            "Rats around the trash cans every evening.",
            "Burrows along the fence of the park.",
            "Rats run between the two buildings.",
            "Saw three rats by the dock in daylight.",
        ),
        es=(
            "Hay ratas junto a los botes de basura.",
            "Vi madrigueras junto a la cerca.",
        ),
        done_en=(
            "Bait was set and the burrows were closed.",
            "Inspected twice; no fresh signs at the second visit.",
        ),
        done_es=("Se puso cebo y se cerraron las madrigueras.",),
    ),
    "TREE_DOWN": Words(
        en=(
            "Large branch across the sidewalk.",
            "Tree fell in the storm and blocks half of the road.",
            "A branch hangs over the road and cracks in the wind.",
            "Tree down on the path along the river.",
        ),
        es=(
            "Se cayó un árbol y bloquea la calle.",
            "Una rama grande está por caerse.",
        ),
        done_en=(
            "The tree was cut up and taken away.",
            "Branch removed, the tree is sound.",
        ),
        done_es=("Se cortó y se retiró el árbol.",),
    ),
    "TREE_CARE": Words(
        en=(
            "Branches hide the stop line and the sign.",
            "Tree looks dead, no leaves this year.",
            "Low branches over the sidewalk, I have to duck.",
            "Branches scratch the roof when it is windy.",
        ),
        es=(
            "Las ramas tapan la señal.",
            "El árbol parece seco.",
        ),
        done_en=(
            "Trimmed.",
            "An arborist looked at it and took the dead wood out.",
        ),
        done_es=("Se podó el árbol.",),
    ),
    "PARK": Words(
        en=(
            "Bench has lost two boards.",
            "The trash cans overflow on weekends.",
            "Path is mud after rain.",
            "Lamp by the pond is dark.",
            "Fountain is full of leaves.",
        ),
        es=(
            "La banca está rota.",
            "Los botes de basura están llenos.",
        ),
        done_en=(
            "Repaired.",
            "A gardener came and put it in order.",
        ),
        done_es=("Una cuadrilla fue y lo dejó en orden.",),
    ),
    "PLAYGROUND": Words(
        en=(
            "Chain of one swing is broken.",
            "Sharp edge on the slide.",
            "The rubber floor has a hole.",
        ),
        es=(
            "El columpio está roto.",
            "La resbaladilla tiene un borde filoso.",
        ),
        done_en=(
            "Repaired, and the whole playground was checked.",
            "It was closed for a day and made safe.",
        ),
        done_es=("Se reparó y se revisó toda el área de juegos.",),
    ),
    "NOISE": Words(
        en=(
            "Construction starts before five in the morning.",
            "A fan on the roof howls all night.",
            "Loud music from the parking lot on weekends.",
            "A car alarm goes off every night.",
        ),
        es=(
            "La obra empieza antes de las cinco de la mañana.",
            "Hay música muy fuerte los fines de semana.",
        ),
        done_en=(
            "An inspector measured it and spoke with those responsible.",
            "An inspector came twice at the usual hour, and it was quiet.",
        ),
        done_es=("El inspector midió el ruido y habló con los responsables.",),
    ),
    "WELFARE": Words(
        en=(
            "Somebody sleeps under the bridge and it gets cold.",
            "A person with a cart needs warm clothes.",
            "Someone has slept in the bus shelter for some nights.",
        ),
        es=("Alguien duerme debajo del puente y hace frío.",),
        done_en=(
            "An outreach worker visited and offered help.",
            "Visited. A place for the night was found.",
        ),
        done_es=("Un trabajador social fue a ofrecer ayuda.",),
    ),
    "DOCKS": Words(
        en=(
            "Three planks loose at the end of the pier.",
            "The ladder at the public dock is gone.",
            "Part of the seawall cap has cracked off.",
        ),
        es=("Hay tablas sueltas en el muelle.",),
        done_en=(
            "Repaired by the harbor crew.",
            "A carpenter came and made it safe.",
        ),
        done_es=("Se cambiaron las tablas.",),
    ),
    "OTHER": Words(
        en=(
            "When does the swimming pool open?",
            "Who can help me with a permit for a street party?",
            "How do I get a library card?",
            "Where can I bring old batteries?",
        ),
        es=(
            "¿Dónde puedo dejar pilas usadas?",
            "¿A qué hora abre la alberca pública?",
        ),
        done_en=(
            "Answered.",
            "We called back and answered the question.",
        ),
        done_es=("Se contestó la pregunta.",),
    ),
}
