"""The sample city's services for trash, water, power and the home."""

from __future__ import annotations

from evenhand.twin.sample_service_words import Ask, Say, Service, Stop
from evenhand.twin.sample_services_streets import CALL_NOW

TRASH = Say("Trash and recycling", "Basura y reciclaje")
CLEAN = Say("Clean streets", "Limpieza de las calles")
WATER = Say("Water and power", "Agua y electricidad")
HOMES = Say("Homes and health", "Vivienda y salud")

WATER_DESK = "555-0123"

HOME_SERVICES = (
    Service(
        "MISSED_TRASH",
        Say("Missed trash or recycling", "No recogieron la basura o el reciclaje"),
        Say("Your bins were out in time and were not emptied.", "Sacó los botes a tiempo y no los vaciaron."),
        TRASH,
        "trash, garbage, recycling, missed, bin, basura, reciclaje, bote",
        (
            Ask(
                "WHICH_BIN",
                "multivaluelist",
                Say("What was left behind?", "¿Qué no recogieron?"),
                choices=(
                    ("trash", Say("Trash", "Basura")),
                    ("recycling", Say("Recycling", "Reciclaje")),
                    ("yard", Say("Yard waste", "Restos de jardín")),
                ),
                required=True,
            ),
            Ask(
                "PICKUP_DAY",
                "datetime",
                Say("Which pickup was missed?", "¿Qué día debían recogerla?"),
                Say("Day, and time if you know it.", "El día y, si la sabe, la hora."),
                required=True,
            ),
            Ask(
                "WHOLE_STREET",
                "singlevaluelist",
                Say("Only you, or the whole street?", "¿Solo usted o toda la calle?"),
                choices=(("only_me", Say("Only my address", "Solo mi dirección")), ("street", Say("The whole street", "Toda la calle"))),
            ),
        ),
    ),
    Service(
        "BULKY",
        Say("Bulky item pickup", "Recolección de objetos grandes"),
        Say("Ask for the pickup of furniture, mattresses or appliances.", "Pida que recojan muebles, colchones o electrodomésticos."),
        TRASH,
        "bulky, furniture, mattress, couch, appliance, mueble, colchón, refrigerador",
        (
            Ask(
                "ITEMS",
                "text",
                Say("What should we pick up?", "¿Qué debemos recoger?"),
                Say("One item a line, at most five.", "Un objeto por línea, cinco como máximo."),
                required=True,
            ),
            Ask("COUNT", "number", Say("How many items in all?", "¿Cuántos objetos son en total?"), required=True),
            Ask(
                "COOLANT",
                "singlevaluelist",
                Say("Is one of them a refrigerator, freezer or air conditioner?", "¿Alguno es refrigerador, congelador o aire acondicionado?"),
                choices=(("yes", Say("Yes", "Sí")), ("no", Say("No", "No"))),
            ),
        ),
        notice=Say(
            "Please put the items out only on the evening before the date we give you.",
            "Saque los objetos solo la noche anterior a la fecha que le demos.",
        ),
    ),
    Service(
        "ILLEGAL_DUMPING",
        Say("Illegal dumping", "Basura tirada ilegalmente"),
        Say("Trash, tires or rubble left on a street or an empty lot.", "Basura, llantas o escombros dejados en la calle o en un lote vacío."),
        CLEAN,
        "dumping, tires, rubble, debris, escombros, llantas, tiradero",
        (
            Ask(
                "MATERIAL",
                "multivaluelist",
                Say("What was dumped?", "¿Qué tiraron?"),
                choices=(
                    ("household", Say("Household trash", "Basura doméstica")),
                    ("furniture", Say("Furniture", "Muebles")),
                    ("tires", Say("Tires", "Llantas")),
                    ("construction", Say("Building rubble", "Escombros")),
                    ("chemicals", Say("Paint, oil or chemicals", "Pintura, aceite o productos químicos")),
                ),
                required=True,
            ),
        ),
        (
            Stop(
                "LEAKING",
                Say("Is something leaking, smoking or smelling strongly of chemicals?", "¿Hay algo que gotea, humea o huele mucho a químicos?"),
                CALL_NOW,
            ),
        ),
    ),
    Service(
        "GRAFFITI",
        Say("Graffiti", "Grafiti"),
        Say(
            "Paint or stickers on public property, or on a building that you own.",
            "Pintura o calcomanías en bienes públicos o en un edificio de su propiedad.",
        ),
        CLEAN,
        "graffiti, tag, paint, vandalism, grafiti, pintada",
        (
            Ask(
                "SURFACE",
                "singlevaluelist",
                Say("What is it on?", "¿Sobre qué está?"),
                choices=(
                    ("wall", Say("A wall", "Una pared")),
                    ("sign", Say("A sign or pole", "Una señal o un poste")),
                    ("bench", Say("A bench or shelter", "Una banca o un paradero")),
                    ("bridge", Say("A bridge", "Un puente")),
                ),
                required=True,
            ),
            Ask(
                "HATEFUL",
                "singlevaluelist",
                Say("Does it threaten or insult a group of people?", "¿Amenaza o insulta a un grupo de personas?"),
                Say("Those are removed first.", "Esos se borran primero."),
                choices=(("yes", Say("Yes", "Sí")), ("no", Say("No", "No"))),
            ),
        ),
    ),
    Service(
        "DEAD_ANIMAL",
        Say("Dead animal", "Animal muerto"),
        Say("A dead animal on a street, sidewalk or in a park.", "Un animal muerto en la calle, la acera o un parque."),
        CLEAN,
        "dead animal, roadkill, animal muerto",
        (Ask("ANIMAL", "string", Say("What kind of animal?", "¿Qué animal es?")),),
    ),
    Service(
        "NEEDLE",
        Say("Needle pickup", "Recolección de jeringas"),
        Say("A needle or syringe in a public place.", "Una aguja o jeringa en un lugar público."),
        CLEAN,
        "needle, syringe, sharps, jeringa, aguja",
        (
            Ask(
                "HOW_MANY",
                "number",
                Say("About how many?", "¿Cuántas, más o menos?"),
                Say("Please do not touch them.", "Por favor no las toque."),
                required=True,
            ),
        ),
        (
            Stop(
                "PRICKED",
                Say("Has anybody been pricked, or is somebody unconscious?", "¿Alguien se pinchó o hay alguien inconsciente?"),
                Say(
                    "Please call 911 now. Help comes first; we pick up the needle later.",
                    "Llame al 911 ahora mismo. Primero la ayuda; la jeringa la recogemos después.",
                ),
            ),
        ),
    ),
    Service(
        "WATER_LEAK",
        Say("Water leak or low pressure", "Fuga de agua o poca presión"),
        Say(
            "Water coming out of the street, a hydrant or a meter, or hardly any at your tap.",
            "Agua que sale de la calle, de un hidrante o de un medidor, o muy poca en su grifo.",
        ),
        WATER,
        "water, leak, hydrant, pressure, main, agua, fuga, presión",
        (
            Ask(
                "LEAK_FROM",
                "singlevaluelist",
                Say("Where does it come from?", "¿De dónde sale?"),
                choices=(
                    ("street", Say("The street", "La calle")),
                    ("hydrant", Say("A hydrant", "Un hidrante")),
                    ("meter", Say("The meter box", "La caja del medidor")),
                    ("tap", Say("Low pressure at my tap", "Poca presión en mi grifo")),
                ),
                required=True,
            ),
        ),
        (
            Stop(
                "GUSHING",
                Say("Is water gushing, or is the road sinking?", "¿El agua sale a chorros o se está hundiendo la calle?"),
                Say(
                    "A burst main cannot wait for a form. Please call the water desk now, day or night.",
                    "Una tubería rota no puede esperar un formulario. Llame ya al servicio de agua, de día o de noche.",
                ),
                call=WATER_DESK,
            ),
        ),
    ),
    Service(
        "SEWER",
        Say("Sewer backup or bad smell", "Drenaje tapado o mal olor"),
        Say(
            "Sewage coming up in a street or a home, or a strong smell from a manhole.",
            "Aguas negras que suben en la calle o en una casa, o mal olor de una alcantarilla.",
        ),
        WATER,
        "sewer, backup, manhole, smell, drenaje, aguas negras, olor",
        (
            Ask(
                "INDOORS",
                "singlevaluelist",
                Say("Is it inside a building?", "¿Es dentro de un edificio?"),
                choices=(("yes", Say("Yes", "Sí")), ("no", Say("No", "No"))),
                required=True,
            ),
            Ask("STARTED", "datetime", Say("When did it begin?", "¿Cuándo empezó?")),
        ),
        (
            Stop(
                "OPEN_MANHOLE",
                Say("Is a manhole open, or do you smell gas?", "¿Hay una alcantarilla destapada o huele a gas?"),
                CALL_NOW,
            ),
        ),
    ),
    Service(
        "POWER_OUTAGE",
        Say("Power outage", "Corte de electricidad"),
        Say("Your home or your street has no electricity.", "Su casa o su calle no tiene electricidad."),
        WATER,
        "power, outage, electricity, dark, luz, corte, apagón",
        (
            Ask("OUT_SINCE", "datetime", Say("Since when?", "¿Desde cuándo?"), required=True),
            Ask(
                "HOW_FAR",
                "singlevaluelist",
                Say("Who is dark?", "¿Quién está sin luz?"),
                choices=(
                    ("only_me", Say("Only my home", "Solo mi casa")),
                    ("neighbors", Say("My neighbors too", "También mis vecinos")),
                    ("unsure", Say("I cannot tell", "No lo sé")),
                ),
                required=True,
            ),
        ),
        (
            Stop(
                "WIRES_DOWN",
                Say("Is a wire down, sparking, or touching anything?", "¿Hay un cable caído, que echa chispas o toca algo?"),
                Say(
                    "Stay at least 35 feet away, keep others away, and call 911 now.",
                    "Quédese al menos a 35 pies (10 metros), aleje a los demás y llame al 911 ahora mismo.",
                ),
            ),
            Stop(
                "MEDICAL_DEVICE",
                Say(
                    "Does someone there depend on a medical device that needs power?",
                    "¿Alguien ahí depende de un aparato médico que necesita electricidad?",
                ),
                Say(
                    "Please call 911 now and say so. They can bring help before the power is back.",
                    "Llame al 911 ahora mismo y dígalo. Pueden llevar ayuda antes de que vuelva la luz.",
                ),
            ),
        ),
        notice=Say(
            "Only you and the city can see this report. It never appears on the public map.",
            "Solo usted y la ciudad ven este reporte. Nunca aparece en el mapa público.",
        ),
        private=True,
    ),
    Service(
        "HEAT",
        Say("No heat or hot water", "Sin calefacción o agua caliente"),
        Say(
            "A rented home without heat in the cold months, or without hot water.",
            "Una vivienda alquilada sin calefacción en los meses fríos o sin agua caliente.",
        ),
        HOMES,
        "heat, heating, hot water, landlord, rent, calefacción, agua caliente, casero",
        (
            Ask(
                "MISSING",
                "multivaluelist",
                Say("What is missing?", "¿Qué falta?"),
                choices=(("heat", Say("Heat", "Calefacción")), ("hot_water", Say("Hot water", "Agua caliente"))),
                required=True,
            ),
            Ask(
                "INDOOR_TEMPERATURE",
                "number",
                Say("How warm is it inside?", "¿Qué temperatura hay adentro?"),
                Say("In degrees Fahrenheit, if you can measure it.", "En grados Fahrenheit, si puede medirla."),
            ),
            Ask(
                "LANDLORD_TOLD",
                "datetime",
                Say("When did you tell your landlord?", "¿Cuándo avisó a su casero?"),
                Say("Leave it empty if you have not.", "Déjelo vacío si no le ha avisado."),
            ),
        ),
        (
            Stop(
                "ALARM",
                Say(
                    "Is a carbon monoxide alarm sounding, or does anyone feel dizzy?",
                    "¿Suena una alarma de monóxido de carbono o alguien está mareado?",
                ),
                CALL_NOW,
            ),
        ),
        notice=Say("Only you and the city can see this report.", "Solo usted y la ciudad ven este reporte."),
        private=True,
    ),
    Service(
        "RODENTS",
        Say("Rats or mice", "Ratas o ratones"),
        Say(
            "Rodents, or their burrows, on a street, in a park or around a building.",
            "Roedores o sus madrigueras en la calle, en un parque o junto a un edificio.",
        ),
        HOMES,
        "rat, mouse, rodent, pest, rata, ratón, plaga",
        (
            Ask(
                "SIGNS",
                "multivaluelist",
                Say("What have you seen?", "¿Qué ha visto?"),
                choices=(
                    ("live", Say("Live animals", "Animales vivos")),
                    ("burrows", Say("Burrows", "Madrigueras")),
                    ("droppings", Say("Droppings", "Excrementos")),
                ),
            ),
        ),
    ),
)
