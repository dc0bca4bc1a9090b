"""What networkd.conf says of policy rules of others."""

from __future__ import annotations

import pytest

from wgtranspile.readers import keeps_foreign_rules


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("", False),
        ("[Network]\nManageForeignRoutingPolicyRules=no\n", True),
        ("[Network]\n#ManageForeignRoutingPolicyRules=no\n", False),
        ("[Network]\nManageForeignRoutingPolicyRules = false\n", True),
        ("[Network]\nManageForeignRoutingPolicyRules=no\n# more\nManageForeignRoutingPolicyRules=yes\n", False),
    ],
)
def test_the_last_word_on_rules_of_others_decides(text: str, *, keeps: bool) -> None:
    assert keeps_foreign_rules(text) is keeps
