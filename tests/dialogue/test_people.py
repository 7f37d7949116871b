"""Names of one person, and how much each says."""

from pipeline.dialogue import Passage, heard_in_book, people, same_person


def test_a_shorter_name_is_the_longer_ones_if_there_is_one_such() -> None:
    assert same_person(["White Rabbit", "Rabbit", "Rabbit"]) == {"White Rabbit": "Rabbit", "Rabbit": "Rabbit"}
    assert same_person(["Alice Liddell", "Alice"]) == {"Alice Liddell": "Alice Liddell", "Alice": "Alice Liddell"}


def test_husband_and_wife_are_two() -> None:
    assert same_person(["Mr. Bennet", "Mrs. Bennet", "Bennet"]) == {
        "Mr. Bennet": "Mr. Bennet",
        "Mrs. Bennet": "Mrs. Bennet",
        "Bennet": "Mr. Bennet",
    }


def test_a_surname_alone_is_not_the_lady_of_that_name() -> None:
    assert same_person(["Madame Bovary", "Bovary"])["Bovary"] == "Bovary"


def test_descriptions_of_two_stay_two() -> None:
    assert same_person(["Young man", "Old man", "Man"])["Man"] == "Man"


def test_people_are_counted_through_the_book() -> None:
    chapters = [[Passage("“One two,” said Alice.")], [Passage("“Three,” said Alice."), Passage("“No,” said Tom.")]]

    assert people(chapters, heard_in_book(chapters, language="en")) == {"Alice": (2, 3), "Tom": (1, 1)}


def test_names_are_known_from_other_chapters() -> None:
    chapters = [[Passage("“Yes,” said Mr. Darcy. “Yes,” said Mr. Darcy.")], [Passage("“No,” said Darcy.")]]

    assert heard_in_book(chapters, language="en")[1][0].quotes[0].speaker == "Mr. Darcy"
