"""Whether words seem to point at a person: a guess on the careful side, of texts as people type them, with or without capitals.

What says yes waits for somebody to read it; nothing is refused for it. Streets and schools bear names of the dead: these are nobody.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

# Given names that are common in France; what follows one with a capital is somebody's other name.
_GIVEN: Final = (
    "Abdel|Abdelkader|Abdoulaye|Adama|Adriana|Adrien|Adèle|Ahmed|Aissatou|Alain|Alex|Alexandra|Alexandre|Alexis|Ali|"
    "Alice|Alicia|Aline|Amadou|Amandine|Amel|Aminata|Amine|Amira|Amélie|Anaïs|Andrea|André|Andrée|Angélique|Anissa|"
    "Anne|Annick|Annie|Anthony|Antoine|Antonio|Arnaud|Arthur|Assia|Audrey|Aurélie|Aurélien|Axel|Aïcha|Baptiste|"
    "Barbara|Bastien|Benjamin|Benoît|Bernadette|Bernard|Bertrand|Bilal|Brahim|Brigitte|Bruno|Béatrice|Camille|Carla|"
    "Carlos|Carole|Caroline|Cassandra|Catherine|Chantal|Charles|Charlotte|Charlène|Chloé|Christelle|Christian|"
    "Christiane|Christine|Christophe|Cindy|Claire|Claude|Claudine|Clémence|Clément|Colette|Coralie|Corentin|Corinne|"
    "Cyril|Cécile|Cédric|Célia|Céline|Damien|Daniel|Danielle|David|Deborah|Delphine|Denis|Denise|Diane|Didier|"
    "Dimitri|Djamel|Dominique|Dylan|Édouard|Élias|Élisabeth|Élise|Élodie|Éloïse|Éléonore|Emma|Emmanuel|Emmanuelle|"
    "Enzo|Éric|Erwan|Estelle|Esther|Ethan|Étienne|Eugène|Évelyne|Fabien|Fabienne|Fabrice|Farid|Fatiha|Fatima|"
    "Fatoumata|Fernand|Fernande|Flavie|Florence|Florent|Florian|Francis|Franck|François|Françoise|Frédéric|"
    "Frédérique|Gabriel|Gabriella|Gaël|Gaëlle|Gaëtan|Geneviève|Geoffrey|Georges|Germaine|Ghislaine|Gilbert|Gilles|"
    "Ginette|Grégoire|Grégory|Guillaume|Guy|Gwenaëlle|Gérard|Habib|Hakim|Hamza|Hassan|Henri|Henriette|Hervé|Hicham|"
    "Houria|Hubert|Hugo|Huguette|Hélène|Ibrahim|Inès|Irène|Isabelle|Ismaël|Jacqueline|Jacques|Jamel|Jean|Jeanne|"
    "Jeannine|Jessica|Joanna|Johann|Johnny|Jonathan|Jordan|Josette|Josiane|José|João|Joël|Joëlle|Jules|Julie|Julien|"
    "Juliette|Justine|Jérémy|Jérôme|Kamel|Karim|Karima|Karine|Kenza|Kevin|Khadija|Khaled|Kévin|Laetitia|Latifa|Laura|"
    "Laure|Laurence|Laurent|Leslie|Leïla|Liliane|Lionel|Lorenzo|Louane|Louis|Louise|Loïc|Luc|Lucas|Lucie|Lucien|"
    "Lucienne|Ludovic|Lydia|Lydie|Léa|Léo|Léon|Léonie|Madeleine|Magali|Malik|Mamadou|Manon|Manuel|Marc|Marcel|"
    "Marcelle|Margaux|Margot|Marguerite|Maria|Mariam|Marie|Marine|Marion|Martin|Martine|Maryse|Maryvonne|Mathieu|"
    "Mathilde|Mathis|Mathéo|Matthieu|Maud|Maurice|Maxime|Mehdi|Michaël|Michel|Micheline|Michèle|Mickaël|Mireille|"
    "Mohamed|Mohammed|Monique|Mounir|Moussa|Muriel|Mustapha|Myriam|Mélanie|Mélissa|Nabil|Nacer|Nadia|Nadine|Nadège|"
    "Nathalie|Nathan|Naïma|Nicolas|Nicole|Noah|Nora|Noémie|Noëlle|Océane|Odette|Odile|Olivia|Olivier|Omar|Oumar|"
    "Ousmane|Pascal|Pascale|Patrice|Patricia|Patrick|Paul|Paulette|Pauline|Paulo|Philippe|Pierre|Pierrette|Quentin|"
    "Rachel|Rachid|Rachida|Raphaël|Rayan|Raymond|Raymonde|Renaud|René|Renée|Richard|Robert|Roger|Roland|Romain|"
    "Romane|Romuald|Rosalie|Ryan|Régine|Régis|Rémi|Rémy|Sabine|Sabrina|Salim|Salima|Samia|Samir|Samira|Samuel|Samy|"
    "Sandra|Sandrine|Sara|Sarah|Saïd|Serge|Simon|Simone|Sofia|Solange|Solène|Sonia|Sophie|Steven|Stéphane|Stéphanie|"
    "Suzanne|Sylvain|Sylvaine|Sylvette|Sylvie|Sébastien|Séverine|Tanguy|Tatiana|Teddy|Thibault|Thierry|Thomas|Théo|"
    "Thérèse|Tiphaine|Tony|Tristan|Valentin|Valérie|Vanessa|Victor|Victoria|Vincent|Virginie|Viviane|Véronique|"
    "Wilfried|William|Xavier|Yacine|Yann|Yannick|Yasmina|Yasmine|Yassine|Yohan|Youcef|Youssef|Yvan|Yves|Yvette|"
    "Yvonne|Zacharie|Zohra|Zoé"
)
# After whom so many streets are called that one leaves the word “street” out.
_OF_STREETS: Final = (
    "Jean Jaurès|Jean Moulin|Jean Mermoz|Jean Macé|Jean Bouin|Jean Zay|Victor Hugo|Jules Ferry|Jules Verne|"
    "Jules Guesde|Pierre Curie|Pierre et Marie Curie|Marie Curie|Louis Pasteur|Louis Aragon|Louis Blanc|"
    "Charles de Gaulle|Charles Péguy|Georges Clemenceau|Georges Pompidou|Georges Brassens|Paul Bert|Paul Éluard|"
    "Paul Doumer|Paul Vaillant[- ]Couturier|Pierre Brossolette|Pierre Mendès[- ]France|Guy Môquet|Simone Veil|"
    "Jeanne d[’']Arc|Albert Camus|François Mitterrand|Léon Blum|Léon Gambetta|Henri Barbusse|Henri Dunant|"
    "Robert Schuman|Robert Desnos|Gabriel Péri|Jacques Prévert|Jacques Brel|Jacques Cartier|Jacques Chirac|"
    "Raymond Poincaré|Marcel Pagnol|Marcel Cachin|Maurice Ravel|Maurice Thorez|Antoine de Saint[- ]Exupéry"
)
# Whom one writes to, and not of.
_OFFICES: Final = (
    r"maires?|préfet|préfète|présidente?|sous-préfet|sous-préfète|adjointe?|conseill\w+|élue?|députée?|sénat\w+|"
    r"commissaire|directeur|directrice|responsable|monsieur|madame|mademoiselle|messieurs|mesdames|bonjour|merci"
)
# After a title without a capital: the sentence goes on, and nobody was named.
_GOES_ON: Final = (
    "je|j|il|elle|ils|elles|on|nous|vous|le|la|les|l|un|une|des|du|de|d|qui|que|qu|dont|et|ou|à|a|au|aux|dans|depuis|"
    "devant|sur|pour|par|avec|est|en|ce|cet|cette|ces|c|mon|ma|mes|notre|nos|votre|vos|son|sa|ses|ne|n|se|s|y|"
    "veuillez|pouvez|pourriez|suite|voici|voilà|the|who|with"
)
# What bears a name that is nobody's who lives there.
_PLACES: Final = (
    r"rue|avenue|av\.?|ave|boulevard|bd|bld|place|pl\.?|allées?|impasse|quai|cours|square|chemin|route|sentier|sente|"
    r"voie|venelle|ruelle|passage|pont|rond-point|carrefour|giratoire|esplanade|promenade|mail|cité|quartier|"
    r"hameau|lotissement|école|maternelle|primaire|crèche|groupe scolaire|collège|lycée|"
    r"université|stade|gymnase|piscine|complexe|salle|espace|centre|médiathèque|bibliothèque|théâtre|cinéma|"
    r"musée|parc|arrêt|station|gare|cimetière|église|chapelle|cathédrale|hôpital|clinique|"
    r"tour|statue|fontaine|fort|port|street|road|school|saint|sainte|st|ste"
)
# What bears one too, but with “of” is somebody's own.
_HOMES: Final = r"maison|villa|résidence|bâtiment|immeuble|foyer|jardin|parking|porte"
_CAPITAL: Final = r"[A-ZÀ-ÖØ-Þ]"
_TITLES: Final = r"mmes?|mlles?|melles?|mr|mrs|dr|monsieur|madame|mademoiselle|docteur"
# Neither in the middle of a word, nor after a number: two m. are no Monsieur.
_BEGINS: Final = r"(?<![\w’'-])(?<!\d )"
_THEN: Final = r"(?:\.\s*|\s+)"


class _Pattern:
    """Compiled when it is first looked for: all together they are a tenth of a second, and few processes of ours read what people write."""

    def __init__(self, text: str, flags: int = 0) -> None:
        self._text = text
        self._flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self._text, self._flags)


_TITLED: Final = _Pattern(
    rf"{_BEGINS}(?:(?i:{_TITLES}|maître|mm|ms|m(?=\.))|M|Me){_THEN}(?!(?i:(?:le |la |l[’'])?(?:{_OFFICES})\b))"
    rf"(?:(?i:le|la|de|du)\s+|(?i:d)[’'])?{_CAPITAL}[\w’'-]+"
)
_TITLED_SMALL: Final = _Pattern(rf"{_BEGINS}(?i:{_TITLES}){_THEN}(?!(?:{_OFFICES}|{_GOES_ON})\b)[a-zà-ÿ][\w’'-]{{2,}}")
_GIVEN_NAME: Final = f"(?:{_GIVEN}|{_GIVEN.upper()})"
_WHOLE: Final = _Pattern(
    rf"(?<![\w’'-]){_GIVEN_NAME}(?:[- ]{_GIVEN_NAME})?\s+(?:(?:de|du|le|la)\s+|d[’'])?{_CAPITAL}(?:[\w’-]+|\.)"
)
_OF_A_STREET: Final = _Pattern(rf"(?:{_OF_STREETS})\b")
_CALLED: Final = _Pattern(
    r"\b(s[’']appelle|nommée?s?|dénommée?s?|prénommée?s?|surnommée?s?|called|named|famille)\s+[A-ZÀ-ÖØ-Þ]",
    re.IGNORECASE,
)
_PHONE: Final = _Pattern(r"(?<!\d)(?:(?:\+|00)33\s?(?:\(0\)\s?)?|0)[1-9](?:[\s./-]?\d{2}){4}(?!\d)")
_MAIL: Final = _Pattern(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PLATE: Final = _Pattern(
    r"\b[A-HJ-NP-TV-Z]{2}[\s-]?\d{3}[\s-]?[A-HJ-NP-TV-Z]{2}\b|\b(?i:[a-z]{2}-\d{3}-[a-z]{2})\b"
    r"|\b\d{1,4}\s?[A-Z]{2,3}\s?\d{2}\b"
)
_NEIGHBOUR: Final = _Pattern(
    r"\b(mon|ma|mes|notre|nos|le|la|les|my|our|the)\s+(voisin|voisine|voisins|neighbours?|locataire|gardienn?e?)\b",
    re.IGNORECASE,
)
_NAMED_AFTER: Final = _Pattern(
    rf"\b(?:(?:{_PLACES})[\s-]+(?:du |de la |de l[’']|des |de |d[’'])?|(?:{_HOMES})[\s-]+)", re.IGNORECASE
)
# Nothing is named “of Mr”: that is somebody's drive, or space.
_NAMED_AFTER_TITLED: Final = _Pattern(
    rf"\b(?:(?:{_PLACES})[\s-]+(?:du |de la |de l[’']|des )?|(?:{_HOMES})[\s-]+)", re.IGNORECASE
)
# So far before a name stands the word that makes it a place's.
_FAR: Final = 40


def names_somebody(text: str) -> bool:
    """Whether a text seems to point at a person: by a title or a given name, a telephone, an address, a plate, a neighbour."""
    if any(pattern.compiled.search(text) for pattern in (_CALLED, _PHONE, _MAIL, _PLATE, _NEIGHBOUR)):
        return True
    return any(not _is_of_a_place(text, found.start(), place) for found, place in _names(text))


def _names(text: str) -> Iterator[tuple[re.Match[str], _Pattern]]:
    """What looks like somebody's name, each with what before it would make it a place's."""
    for titled in (_TITLED, _TITLED_SMALL):
        yield from ((found, _NAMED_AFTER_TITLED) for found in titled.compiled.finditer(text))
    for found in _WHOLE.compiled.finditer(text):
        if not _OF_A_STREET.compiled.match(text, found.start()):
            yield found, _NAMED_AFTER


def _is_of_a_place(text: str, at: int, place: _Pattern) -> bool:
    return any(found.end() == at for found in place.compiled.finditer(text, max(0, at - _FAR), at))
