//! Pages and scopes.

use super::check_after;

#[test]
fn pages_and_scopes_say_what_they_can_be() {
    check_after(&[
        (
            "[pages]\naccent = \"teal\"\ndefault_language = \"fr\"\nlogo = \"no-such.svg\"\ntemplates = \"no-such-folder\"",
            &[
                "5:10: pages.accent: expected a colour such as \"#145c55\", found \"teal\"; write six hexadecimal digits after a #",
                "6:20: pages.default_language: expected \"en\" or \"de\", found \"fr\"",
                "7:8: pages.logo: expected a file, found none at no-such.svg; a relative path starts at the folder of this file",
                "8:13: pages.templates: expected a folder, found none at no-such-folder; a relative path starts at the folder of this file",
            ],
        ),
        (
            "[pages.texts.en]\nlogin-titel = \"Hi\"\nnonsense = \"x\"\nlogin-button = \"{\"\nlogin-wrong = 1\n[pages.texts.fr]\nlogin-title = \"Salut\"",
            &[
                "5:1: pages.texts: expected the id of a text of the pages, found \"login-titel\"; did you mean login-title?",
                "6:1: pages.texts: expected the id of a text of the pages, found \"nonsense\"; docs/pages.md says where they are",
                "7:16: pages.texts: expected a text as Fluent writes it, found \"{\"; write braces around nothing but what is filled in, such as { $client }",
                "8:15: pages.texts: expected a text, found 1; write it in quotes",
                "9:14: pages.texts: expected \"en\" or \"de\", found \"fr\"",
            ],
        ),
        (
            "[pages]\ntexts = \"x\"",
            &["5:9: pages.texts: expected a table of texts for each language, found \"x\"; write them below [pages.texts.en]"],
        ),
        (
            "[[scope]]\nname = \"a\"\ndescription = \"A\"\n[[scope]]\nname = \"a\"\ndescription = {}",
            &["9:15: scope.description: expected a text, or a table with one for each language, found an empty table"],
        ),
        (
            "[[scope]]\nname = \"a b\"\ndescription = { en = \"A\", fr = \"A\", de = 1 }",
            &[
                "5:8: scope.name: expected one scope word, found \"a b\"; write each word in quotes of its own",
                "6:27: scope.description: expected \"en\" or \"de\", found \"fr\"",
                "6:42: scope.description: expected a text, found 1; write it in quotes",
            ],
        ),
        (
            "[[scope]]\nname = \"a\"\ndescription = \"A\"\n[[scope]]\nname = \"a\"\ndescription = \"B\"",
            &["8:8: scope.name: expected another than in line 5, found a again; change or remove one of them"],
        ),
    ]);
}
