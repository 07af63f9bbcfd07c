"""The sample city's services for streets, lights, signs and traffic."""

from __future__ import annotations

from evenhand.twin.sample_service_words import Ask, Say, Service, Stop

STREETS = Say("Streets and sidewalks", "Calles y aceras")
LIGHTS = Say("Lights, signals and signs", "Luces, semáforos y señales")
PARKING = Say("Vehicles and parking", "Vehículos y estacionamiento")

CALL_NOW = Say(
    "This is an emergency. Please do not fill in this form: keep away and call 911 now.",
    "Esto es una emergencia. No llene este formulario: aléjese y llame al 911 ahora mismo.",
)

STREET_SERVICES = (
    Service(
        "POTHOLE",
        Say("Pothole", "Bache"),
        Say("A hole or a broken patch in the road.", "Un hoyo o un pedazo roto en la calzada."),
        STREETS,
        "pothole, hole, road, pavement, asphalt, bache, hoyo",
        (
            Ask(
                "WHERE_ON_ROAD",
                "singlevaluelist",
                Say("Where on the road is it?", "¿En qué parte de la vía está?"),
                choices=(
                    ("travel_lane", Say("In a driving lane", "En un carril de circulación")),
                    ("bike_lane", Say("In a bicycle lane", "En un carril para bicicletas")),
                    ("crosswalk", Say("In a crosswalk", "En un cruce peatonal")),
                    ("parking_lane", Say("Where cars park", "Donde se estacionan los autos")),
                ),
                required=True,
            ),
            Ask(
                "DEPTH_INCHES",
                "number",
                Say("About how deep is it?", "¿Qué profundidad tiene, más o menos?"),
                Say(
                    "In inches. A guess is fine; please do not step into traffic to measure.",
                    "En pulgadas. Basta con un cálculo; no baje a la calle a medir.",
                ),
            ),
        ),
    ),
    Service(
        "SIDEWALK",
        Say("Damaged sidewalk", "Acera dañada"),
        Say(
            "A cracked, raised or missing piece of sidewalk, or a curb ramp that cannot be used.",
            "Una acera agrietada, levantada o incompleta, o una rampa que no se puede usar.",
        ),
        STREETS,
        "sidewalk, curb, ramp, trip, wheelchair, acera, banqueta, rampa",
        (
            Ask(
                "PROBLEM",
                "multivaluelist",
                Say("What is wrong?", "¿Cuál es el problema?"),
                Say("Choose all that apply.", "Elija todas las que correspondan."),
                choices=(
                    ("raised", Say("A raised edge", "Un borde levantado")),
                    ("cracked", Say("Cracked or crumbling", "Agrietada o desmoronada")),
                    ("missing", Say("A piece is missing", "Falta un pedazo")),
                    ("ramp", Say("The curb ramp is broken or missing", "La rampa está rota o no existe")),
                ),
            ),
            Ask(
                "BLOCKS_WHEELCHAIR",
                "singlevaluelist",
                Say("Can a wheelchair or a stroller get past?", "¿Puede pasar una silla de ruedas o un cochecito?"),
                choices=(("yes", Say("Yes", "Sí")), ("no", Say("No", "No")), ("unsure", Say("I am not sure", "No estoy seguro"))),
                required=True,
            ),
        ),
    ),
    Service(
        "SNOW",
        Say("Snow or ice", "Nieve o hielo"),
        Say("A street, crosswalk or bus stop that has not been cleared.", "Una calle, un cruce o una parada de autobús sin despejar."),
        STREETS,
        "snow, ice, plow, slippery, salt, nieve, hielo, quitanieves",
        (
            Ask(
                "WHAT_IS_BLOCKED",
                "multivaluelist",
                Say("What needs clearing?", "¿Qué hay que despejar?"),
                choices=(
                    ("roadway", Say("The road", "La calle")),
                    ("crosswalk", Say("A crosswalk or curb ramp", "Un cruce o una rampa")),
                    ("bus_stop", Say("A bus stop", "Una parada de autobús")),
                    ("hydrant", Say("A fire hydrant", "Un hidrante")),
                ),
                required=True,
            ),
        ),
        notice=Say(
            "Main roads are cleared first, then hills and school routes. Sidewalks in front of a building are cleared by its owner.",
            "Primero se despejan las vías principales; luego, las cuestas y las rutas escolares. La acera de cada edificio la despeja su dueño.",
        ),
    ),
    Service(
        "STREET_FLOOD",
        Say("Flooded street or blocked drain", "Calle inundada o desagüe tapado"),
        Say(
            "Water standing in the road, or a storm drain that does not take it.",
            "Agua estancada en la calle o una alcantarilla pluvial que no traga.",
        ),
        STREETS,
        "flood, flooding, storm drain, catch basin, water, inundación, desagüe, alcantarilla",
        (
            Ask(
                "WATER_DEPTH",
                "singlevaluelist",
                Say("How high is the water?", "¿Hasta dónde llega el agua?"),
                choices=(
                    ("puddle", Say("A puddle", "Un charco")),
                    ("curb", Say("Up to the curb", "Hasta el borde de la acera")),
                    ("above_curb", Say("Over the curb", "Por encima de la acera")),
                ),
                required=True,
            ),
            Ask("SINCE", "datetime", Say("Since when?", "¿Desde cuándo?"), Say("If you know it.", "Si lo sabe.")),
        ),
        (
            Stop(
                "TRAPPED",
                Say(
                    "Is anyone trapped in a vehicle, or is water coming into a home?",
                    "¿Hay alguien atrapado en un vehículo o está entrando agua en una vivienda?",
                ),
                CALL_NOW,
            ),
        ),
    ),
    Service(
        "STREETLIGHT",
        Say("Street light out", "Luz de la calle apagada"),
        Say("A street light that is dark, flickers, or burns all day.", "Una luz que no enciende, parpadea o queda encendida todo el día."),
        LIGHTS,
        "street light, lamp, pole, dark, luz, poste, farola, alumbrado",
        (
            Ask(
                "POLE_NUMBER",
                "string",
                Say("Which number is on the pole?", "¿Qué número tiene el poste?"),
                Say(
                    "A metal plate at eye level, for example HB-2047. Leave it empty if you cannot see it.",
                    "Está en una placa de metal a la altura de los ojos, por ejemplo HB-2047. Déjelo vacío si no lo ve.",
                ),
            ),
            Ask(
                "WHAT_IT_DOES",
                "singlevaluelist",
                Say("What does the light do?", "¿Qué hace la luz?"),
                choices=(
                    ("out", Say("It is out", "No enciende")),
                    ("flickers", Say("It flickers", "Parpadea")),
                    ("day_burner", Say("It is on during the day", "Está encendida de día")),
                    ("several", Say("Several lights in a row are out", "Varias luces seguidas no encienden")),
                ),
                required=True,
            ),
        ),
        (
            Stop(
                "POLE_DANGER",
                Say("Is the pole down or leaning, or are wires showing?", "¿El poste está caído o inclinado, o se ven cables?"),
                CALL_NOW,
            ),
        ),
    ),
    Service(
        "SIGNAL",
        Say("Traffic signal problem", "Problema con un semáforo"),
        Say(
            "A signal, walk light or push button that does not work as it should.",
            "Un semáforo, una luz peatonal o un botón que no funciona como debe.",
        ),
        LIGHTS,
        "traffic light, signal, walk button, semáforo, luz peatonal, botón",
        (
            Ask(
                "SIGNAL_PROBLEM",
                "singlevaluelist",
                Say("What is wrong with it?", "¿Qué le pasa?"),
                choices=(
                    ("bulb", Say("One light is out", "Una de las luces está fundida")),
                    ("timing", Say("It changes too fast or too slowly", "Cambia demasiado rápido o demasiado lento")),
                    ("button", Say("The walk button does nothing", "El botón peatonal no responde")),
                    ("turned", Say("It points the wrong way", "Apunta hacia otro lado")),
                ),
                required=True,
            ),
            Ask("APPROACH", "string", Say("Coming from which street?", "¿Viniendo por qué calle?")),
        ),
        (
            Stop(
                "CROSSING_DARK",
                Say("Is the whole crossing dark, or is there any danger right now?", "¿Está apagado todo el cruce o hay peligro en este momento?"),
                Say(
                    "A dark crossing is an emergency. Treat it as an all-way stop and call 911 now.",
                    "Un cruce sin semáforos es una emergencia. Trátelo como un alto total y llame al 911 ahora mismo.",
                ),
            ),
        ),
    ),
    Service(
        "STREET_SIGN",
        Say("Street or traffic sign", "Señal de tránsito o letrero de calle"),
        Say("A sign that is missing, bent, faded or hidden by leaves.", "Una señal que falta, está doblada, borrosa o tapada por hojas."),
        LIGHTS,
        "sign, stop sign, street name, señal, letrero, alto",
        (
            Ask(
                "SIGN_KIND",
                "singlevaluelist",
                Say("Which kind of sign?", "¿Qué tipo de señal?"),
                choices=(
                    ("name", Say("Street name", "Nombre de la calle")),
                    ("parking", Say("Parking", "Estacionamiento")),
                    ("speed", Say("Speed limit", "Límite de velocidad")),
                    ("other", Say("Another sign", "Otra señal")),
                ),
                required=True,
            ),
        ),
        (
            Stop(
                "STOP_SIGN",
                Say("Is a STOP or YIELD sign down or missing?", "¿Se cayó o falta una señal de ALTO o de CEDA EL PASO?"),
                Say(
                    "A missing stop sign can cost a life. Please call 911 now.",
                    "Una señal de alto que falta puede costar una vida. Llame al 911 ahora mismo.",
                ),
            ),
        ),
    ),
    Service(
        "ABANDONED_VEHICLE",
        Say("Abandoned vehicle", "Vehículo abandonado"),
        Say(
            "A vehicle that has not moved for a week or more on a public street.",
            "Un vehículo que lleva una semana o más sin moverse en la vía pública.",
        ),
        PARKING,
        "car, abandoned, vehicle, junk, tow, auto, carro, abandonado",
        (
            Ask(
                "VEHICLE",
                "string",
                Say("Colour, make and model", "Color, marca y modelo"),
                Say("For example: grey van.", "Por ejemplo: camioneta gris."),
                required=True,
            ),
            Ask(
                "DAYS_PARKED",
                "number",
                Say("For about how many days has it stood there?", "¿Cuántos días lleva ahí, más o menos?"),
                required=True,
            ),
            Ask(
                "NO_PLATES_HERE",
                "text",
                Say(
                    "Please do not write a license plate into the description: it is public. An officer will read it on site.",
                    "No escriba el número de placa en la descripción, porque es pública. Un agente lo leerá en el lugar.",
                ),
                variable=False,
            ),
        ),
    ),
    Service(
        "PARKING",
        Say("Blocked driveway or illegal parking", "Entrada bloqueada o estacionamiento indebido"),
        Say(
            "A vehicle in front of a driveway, hydrant, ramp, bus stop or bicycle lane.",
            "Un vehículo frente a una entrada, hidrante, rampa, parada de autobús o ciclovía.",
        ),
        PARKING,
        "parking, driveway, hydrant, blocked, estacionamiento, cochera, entrada",
        (
            Ask(
                "BLOCKED",
                "multivaluelist",
                Say("What is blocked?", "¿Qué está bloqueado?"),
                choices=(
                    ("driveway", Say("A driveway", "Una entrada de autos")),
                    ("hydrant", Say("A fire hydrant", "Un hidrante")),
                    ("ramp", Say("A curb ramp or crosswalk", "Una rampa o un cruce peatonal")),
                    ("bike_lane", Say("A bicycle lane", "Una ciclovía")),
                    ("bus_stop", Say("A bus stop", "Una parada de autobús")),
                ),
                required=True,
            ),
        ),
        notice=Say(
            "An officer comes when one is free, usually within two hours.",
            "Un agente acude cuando está disponible, por lo general en menos de dos horas.",
        ),
    ),
)
