"""What people of the sample city write about streets, lights, signs and vehicles, and the words when it is done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Descriptions by residents, and closing words when the work was done."""

    en: tuple[str, ...]
    es: tuple[str, ...]
    done_en: tuple[str, ...]
    done_es: tuple[str, ...]


STREET_WORDS = {
    "POTHOLE": Words(
        en=(
            "Deep pothole in the right lane, cars swerve around it.",
            "Pothole the size of a dinner plate, getting bigger every week.",
            "Second pothole here this year. The old patch came out.",
            "Hole next to the manhole cover. I nearly fell off my bike.",
            "Several small holes in a row before the crosswalk.",
            "The edge of the road is breaking up.",
        ),
        es=(
            "Hay un bache muy hondo en el carril derecho.",
            "El bache crece cada semana y ya dañó una llanta.",
        ),
        done_en=(
            "The crew filled the hole and rolled the patch.",
            "Filled with hot asphalt. The whole stretch is on the list for repaving.",
        ),
        done_es=("La cuadrilla rellenó el bache y compactó el asfalto.",),
    ),
    "SIDEWALK": Words(
        en=(
            "Tree roots have lifted two slabs. My mother tripped here.",
            "Curb ramp is broken on one side, a wheelchair cannot get up.",
            "A slab is missing in front of the bus stop.",
            "Sidewalk crumbling along the whole block.",
            "Raised edge, hard to see in the dark.",
        ),
        es=(
            "Las raíces levantaron la acera y la gente se tropieza.",
            "La rampa está rota y no se puede subir con silla de ruedas.",
        ),
        done_en=(
            "The slabs were taken up and the concrete poured again.",
            "Repaired. The sidewalk is level again.",
        ),
        done_es=("Se reparó la acera.",),
    ),
    "SNOW": Words(
        en=(
            "The plow has not been here since yesterday.",
            "The crosswalk is a wall of snow, children climb over it.",
            "Sheet of ice on the hill, cars slide into the crossing.",
            "Bus stop not cleared, people wait in the road.",
        ),
        es=(
            "No ha pasado la máquina quitanieves desde ayer.",
            "La parada del autobús está llena de nieve.",
        ),
        done_en=(
            "Plowed and salted.",
            "Cleared by hand, down to the curb.",
        ),
        done_es=("Se quitó la nieve y se echó sal.",),
    ),
    "STREET_FLOOD": Words(
        en=(
            "Storm drain is full of leaves, water over the curb.",
            "Big puddle that never drains, even days after the rain.",
            "The underpass floods again.",
            "Water stands in the bike lane after every shower.",
        ),
        es=(
            "El desagüe está tapado y se inunda la esquina.",
            "El agua cubre la acera cada vez que llueve.",
        ),
        done_en=(
            "The drain was cleared with a vacuum truck and runs freely.",
            "The drain was opened and takes water again.",
        ),
        done_es=("Se destapó el desagüe y ya corre el agua.",),
    ),
    "STREETLIGHT": Words(
        en=(
            "Light has been out for a week, very dark here.",
            "The lamp flickers all night into our bedroom.",
            "Three lights in a row are out.",
            "This street light is on all day.",
            "Light at the bus stop is out.",
            "Pole light goes off and on every few minutes.",
        ),
        es=(
            "La luz lleva varios días apagada y la calle está muy oscura.",
            "La lámpara parpadea toda la noche.",
        ),
        done_en=(
            "The lamp was replaced.",
            "A cable fault was repaired and the lights are on again.",
        ),
        done_es=("Se cambió la lámpara y ya enciende.",),
    ),
    "SIGNAL": Words(
        en=(
            "The walk button does nothing, we never get a green.",
            "Green arrow is too short, two cars get through.",
            "Red light is out on the north side.",
            "The signal head is turned toward the side street.",
        ),
        es=(
            "El botón para cruzar no funciona.",
            "La luz verde dura muy poco para cruzar.",
        ),
        done_en=(
            "A technician repaired it and tested the whole crossing.",
            "The controller was checked and set right.",
        ),
        done_es=("Un técnico lo reparó y revisó todo el cruce.",),
    ),
    "STREET_SIGN": Words(
        en=(
            "Street name sign is gone.",
            "Speed limit sign is bent to the ground.",
            "Parking sign faded, nobody can read the hours.",
            "Branches hide the sign completely.",
        ),
        es=(
            "Falta el letrero con el nombre de la calle.",
            "La señal está doblada y no se ve.",
        ),
        done_en=(
            "A new sign was put up.",
            "The sign can be read again.",
        ),
        done_es=("Se arregló la señal y ya se ve bien.",),
    ),
    "ABANDONED_VEHICLE": Words(
        en=(
            "Grey van with flat tires, has not moved in a month.",
            "Car with a broken window, full of leaves.",
            "Boat trailer left on the street since summer.",
            "Blue sedan, two wheels missing.",
        ),
        es=(
            "Un carro sin llantas lleva semanas en el mismo lugar.",
            "Camioneta abandonada frente a la escuela.",
        ),
        done_en=(
            "The owner was notified and the vehicle is gone.",
            "The vehicle was towed after the notice ran out.",
        ),
        done_es=("Se notificó al dueño y el vehículo ya no está.",),
    ),
    "PARKING": Words(
        en=(
            "A truck blocks our driveway.",
            "Car on the sidewalk, strollers have to go into the road.",
            "Delivery vans stand in the bike lane every morning.",
            "Parked in front of the hydrant.",
            "Car blocks the curb ramp.",
        ),
        es=(
            "Un camión bloquea la entrada de mi casa.",
            "Hay autos estacionados sobre la acera.",
        ),
        done_en=(
            "An officer came and the vehicle was moved.",
            "An officer came and wrote a ticket.",
        ),
        done_es=("Acudió un agente y movieron el vehículo.",),
    ),
}
