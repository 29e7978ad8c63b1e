"""What points at a person in texts as people type them, and what is only a street, a school or a greeting."""

import time

import pytest

from beffroi.lib.naming import names_somebody


@pytest.mark.parametrize(
    "text",
    [
        "C’est M. Dupont du 12 qui a cassé le banc",
        "Madame Lefèvre laisse ses encombrants",
        "mme Dupont jette tout",
        "mr dupont jette tout",
        "monsieur dupont se gare là",
        "MADAME DUPONT JETTE TOUT",
        "voir m. Durand",
        "chez Mme Le Goff",
        "Mme d’Estienne",
        "Dr Martin",
        "chez M.Dupont",
        "Mme.DUPONT jette tout",
        "mme.dupont",
        "Melle Lefèvre",
        "Jean Dupont a cassé le banc",
        "JEAN DUPONT A CASSÉ LE BANC",
        "Jean-Pierre Martin a tout vu",
        "Karim B. y laisse sa voiture",
        "c’est la famille Durand",
        "il s’appelle Kevin",
        "appelez-moi au 06 12 34 56 78",
        "06.12.34.56.78",
        "0033 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "jean@exemple.fr sait tout",
        "une voiture AB-123-CD est garée là",
        "une ab-123-cd blanche",
        "mon voisin jette ses ordures",
        "devant la maison de Jean Dupont",
        "la porte de M. Dupont est cassée",
        "le jardin de Mme Petit déborde sur le trottoir",
        "la maison du Dr Martin",
        "immeuble de Karim Benali",
        "dans l’allée de M. Dupont",
        "il prend la place de madame dupont",
    ],
)
def test_a_text_that_points_at_somebody_is_held(text: str) -> None:
    assert names_somebody(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nid-de-poule devant le 14 rue du Docteur Schweitzer",
        "Lampadaire éteint, avenue du Maréchal Foch, depuis mardi 17 novembre 2026",
        "L’armoire PM-77284-0142 est ouverte près du lycée Madame de Staël",
        "square du Dr Roux, allée Mme de Sévigné",
        "12 Rue Georges Brassens, gymnase Pierre de Coubertin, école Jean Jaurès",
        "angle Victor Hugo et Jean Jaurès",
        "résidence Pierre Semard, bâtiment Louise Michel, parking Jean Jaurès",
        "Bonjour Monsieur le Maire, le trottoir est cassé",
        "Madame, Monsieur, un trou de 2 m. Il est profond",
        "bonjour madame monsieur je vous écris",
        "Madame la Directrice, l’arbre est tombé",
        "M.le Maire, un trou à 2 m.Attention",
        "à 50 m Rue de la Gare, trou de 5 M De haut",
        "Trou près du Carrefour Market",
        "rue Saint Martin Nord",
    ],
)
def test_a_street_a_thing_or_a_greeting_names_nobody(text: str) -> None:
    assert not names_somebody(text)


@pytest.mark.parametrize("text", ["M. Ab rue ", "rue M. Ab ", "Jean ", "rue du ", "a", "06 ", "0.", "a.", "-"])
def test_no_text_takes_long_to_read(text: str) -> None:
    began = time.process_time()
    names_somebody((text * 4000)[:4000])
    assert time.process_time() - began < 2
