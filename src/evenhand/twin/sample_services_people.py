"""The sample city's services for trees, parks, neighbors and everything else."""

from __future__ import annotations

from evenhand.twin.sample_service_words import Ask, Say, Service, Stop
from evenhand.twin.sample_services_home import HOMES
from evenhand.twin.sample_services_streets import CALL_NOW

PARKS = Say("Trees and parks", "Árboles y parques")
NEIGHBORS = Say("Neighbors and everything else", "Vecindario y todo lo demás")

PEOPLE_SERVICES = (
    Service(
        "TREE_DOWN",
        Say("Fallen tree or branch", "Árbol o rama caída"),
        Say("A tree or a large branch that fell, or is about to.", "Un árbol o una rama grande que se cayó o está por caerse."),
        PARKS,
        "tree, branch, fallen, storm, árbol, rama, caído",
        (
            Ask(
                "BLOCKS",
                "multivaluelist",
                Say("Does it block anything?", "¿Bloquea algo?"),
                choices=(
                    ("road", Say("The road", "La calle")),
                    ("sidewalk", Say("The sidewalk", "La acera")),
                    ("driveway", Say("A driveway", "Una entrada de autos")),
                    ("nothing", Say("Nothing", "Nada")),
                ),
                required=True,
            ),
            Ask("FELL_AT", "datetime", Say("When did it fall?", "¿Cuándo se cayó?")),
        ),
        (
            Stop(
                "TOUCHES_WIRES",
                Say("Does it touch wires, or is anybody hurt?", "¿Toca cables o hay alguien herido?"),
                Say(
                    "Stay at least 35 feet away and call 911 now: wires in a tree can be live.",
                    "Quédese al menos a 35 pies (10 metros) y llame al 911 ahora mismo: los cables pueden tener corriente.",
                ),
            ),
        ),
    ),
    Service(
        "TREE_CARE",
        Say("Tree trimming", "Poda de árboles"),
        Say(
            "A city tree that hides a sign, hangs low over the sidewalk or looks sick.",
            "Un árbol de la ciudad que tapa una señal, cuelga bajo sobre la acera o parece enfermo.",
        ),
        PARKS,
        "tree, trim, prune, branches, podar, poda, ramas",
        (
            Ask(
                "REASON",
                "singlevaluelist",
                Say("Why does it need care?", "¿Por qué necesita atención?"),
                choices=(
                    ("low", Say("Branches hang too low", "Las ramas cuelgan muy bajo")),
                    ("sign", Say("It hides a sign or a light", "Tapa una señal o una luz")),
                    ("sick", Say("It looks dead or sick", "Parece seco o enfermo")),
                ),
                required=True,
            ),
        ),
        notice=Say(
            "Trimming is done from November to March, when birds are not nesting.", "La poda se hace de noviembre a marzo, cuando las aves no anidan."
        ),
    ),
    Service(
        "PARK",
        Say("Park maintenance", "Mantenimiento de parques"),
        Say(
            "Broken benches, full trash cans, muddy paths or dark lamps in a park.",
            "Bancas rotas, botes llenos, caminos con lodo o lámparas apagadas en un parque.",
        ),
        PARKS,
        "park, bench, grass, path, parque, banca, pasto",
        (
            Ask(
                "WHERE_IN_PARK",
                "string",
                Say("Where in the park?", "¿En qué parte del parque?"),
                Say("For example: by the north gate.", "Por ejemplo: junto a la entrada norte."),
            ),
            Ask(
                "PARK_THING",
                "singlevaluelist",
                Say("What needs care?", "¿Qué necesita arreglo?"),
                choices=(
                    ("bench", Say("A bench or table", "Una banca o mesa")),
                    ("trash", Say("Trash", "Basura")),
                    ("lawn", Say("Grass or plants", "Pasto o plantas")),
                    ("path", Say("A path", "Un camino")),
                    ("lamp", Say("A lamp", "Una lámpara")),
                ),
                required=True,
            ),
        ),
    ),
    Service(
        "PLAYGROUND",
        Say("Playground", "Área de juegos"),
        Say("Broken or unsafe playground equipment.", "Juegos infantiles rotos o peligrosos."),
        PARKS,
        "playground, swing, slide, columpio, resbaladilla, juegos",
        (
            Ask("EQUIPMENT", "string", Say("Which piece of equipment?", "¿Qué juego es?"), required=True),
            Ask("DETAILS", "text", Say("What is wrong with it?", "¿Qué le pasa?")),
        ),
        (
            Stop(
                "HURT",
                Say("Is anybody hurt?", "¿Hay alguien herido?"),
                Say("Please call 911 first. You can report the equipment afterwards.", "Primero llame al 911. Después puede reportar el juego."),
            ),
        ),
    ),
    Service(
        "NOISE",
        Say("Noise", "Ruido"),
        Say("Noise that goes on: construction at night, machines, loud music.", "Ruido que no para: obras de noche, máquinas, música fuerte."),
        NEIGHBORS,
        "noise, loud, music, construction, ruido, música, obra",
        (
            Ask(
                "NOISE_FROM",
                "singlevaluelist",
                Say("What makes the noise?", "¿De dónde viene el ruido?"),
                choices=(
                    ("construction", Say("Construction", "Una obra")),
                    ("machine", Say("A machine or an alarm", "Una máquina o una alarma")),
                    ("music", Say("Music or a party", "Música o una fiesta")),
                    ("other", Say("Something else", "Otra cosa")),
                ),
                required=True,
            ),
            Ask(
                "USUAL_TIMES",
                "text",
                Say("When does it usually happen?", "¿Cuándo suele pasar?"),
                Say("Days and hours help us to come at the right time.", "Los días y las horas nos ayudan a llegar a tiempo."),
            ),
        ),
        (
            Stop(
                "VIOLENCE",
                Say("Do you hear fighting, screams or shots?", "¿Oye golpes, gritos o disparos?"),
                Say("Please call 911 now.", "Llame al 911 ahora mismo."),
            ),
        ),
    ),
    Service(
        "WELFARE",
        Say("Person without shelter who needs help", "Persona sin techo que necesita ayuda"),
        Say("Ask an outreach worker to visit somebody who lives outside.", "Pida que un trabajador social visite a alguien que vive en la calle."),
        HOMES,
        "homeless, shelter, outreach, welfare, sin hogar, refugio, ayuda",
        (
            Ask(
                "NEEDS",
                "multivaluelist",
                Say("What might help?", "¿Qué podría ayudar?"),
                choices=(
                    ("shelter", Say("A place for the night", "Un lugar para pasar la noche")),
                    ("clothes", Say("Warm clothes or a blanket", "Ropa abrigadora o una cobija")),
                    ("health", Say("A nurse", "Una enfermera")),
                    ("talk", Say("Somebody to talk to", "Alguien con quien hablar")),
                ),
            ),
            Ask("WHERE_EXACTLY", "text", Say("Where exactly are they, and when?", "¿Dónde está exactamente y a qué hora?"), required=True),
        ),
        (
            Stop(
                "IN_DANGER",
                Say("Is the person hurt, very cold, or not answering?", "¿La persona está herida, tiene mucho frío o no responde?"),
                CALL_NOW,
            ),
        ),
        notice=Say(
            "Only the outreach team sees this report. Please describe the place, not the person.",
            "Solo el equipo de apoyo ve este reporte. Describa el lugar, no a la persona.",
        ),
        private=True,
    ),
    Service(
        "DOCKS",
        Say("Dock, pier or seawall", "Muelle o malecón"),
        Say(
            "Loose planks, missing ladders or rings, or damage to the seawall.",
            "Tablas sueltas, escaleras o argollas que faltan, o daños en el malecón.",
        ),
        PARKS,
        "dock, pier, seawall, harbor, muelle, malecón, puerto",
        (
            Ask("BERTH", "string", Say("Which dock or berth number?", "¿Qué número de muelle o amarre?")),
            Ask("LOOSE_PLANKS", "number", Say("How many planks are loose or missing?", "¿Cuántas tablas están sueltas o faltan?")),
        ),
        (
            Stop(
                "IN_WATER",
                Say("Is somebody in the water, or is fuel leaking into it?", "¿Hay alguien en el agua o se está derramando combustible?"),
                CALL_NOW,
            ),
        ),
        offered_in="harbor",
    ),
    Service(
        "OTHER",
        Say("Something else, or a question", "Otra cosa o una pregunta"),
        Say("If nothing else fits. We pass it on to the right people.", "Si nada más coincide. Lo pasamos a quien corresponde."),
        NEIGHBORS,
        "other, question, general, otro, pregunta",
        (
            Ask("TOPIC", "string", Say("In a few words, what is it about?", "En pocas palabras, ¿de qué se trata?"), required=True),
            Ask("BEST_TIME", "datetime", Say("When could we reach you?", "¿Cuándo podríamos comunicarnos con usted?")),
        ),
    ),
)
