"""The same things in English and in Spanish, and what sort each is of: it is known from what the word means alone."""

from __future__ import annotations

ENGLISH = {
    "food": "bread cheese soup apple rice butter onion honey sausage lettuce peach cake garlic ham grape stew",
    "animal": "dog horse cow rabbit eagle shark wolf sheep frog bee snake bear duck whale squirrel goat",
    "clothing": "shirt skirt coat shoe glove hat scarf sock trousers dress belt jacket boot cap apron vest",
    "trade": "doctor teacher carpenter baker lawyer nurse plumber judge tailor sailor painter butcher writer miner barber cook",
    "instrument": "violin drum flute guitar trumpet harp piano clarinet cello bell accordion organ oboe banjo tuba bagpipe",
}
SPANISH = {
    "food": "pan queso sopa manzana arroz mantequilla cebolla miel salchicha lechuga durazno pastel ajo jamón uva guiso",
    "animal": "perro caballo vaca conejo águila tiburón lobo oveja rana abeja serpiente oso pato ballena ardilla cabra",
    "clothing": "camisa falda abrigo zapato guante sombrero bufanda calcetín pantalón vestido cinturón chaqueta bota gorra delantal chaleco",
    "trade": "médico maestro carpintero panadero abogado enfermera fontanero juez sastre marinero pintor carnicero escritor minero barbero cocinero",
    "instrument": "violín tambor flauta guitarra trompeta arpa piano clarinete violonchelo campana acordeón órgano oboe banyo tuba gaita",
}


def things(language: str) -> list[dict[str, str]]:
    """Rows with a thing and its sort, in "en" or "es"."""
    sorts = {"en": ENGLISH, "es": SPANISH}[language]
    return [
        {"text": thing, "sort": sort, "lang": language}
        for sort, names in sorts.items()
        for thing in names.split()
    ]
