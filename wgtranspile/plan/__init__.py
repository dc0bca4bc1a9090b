"""`Config` in, `Plan` out: what wg-quick would do with it, step by step.

With the config's own types that a plan holds, since backends know nothing before the plan.
"""

from wgtranspile.config import Endpoint, ExternalKey, Key, Phase
from wgtranspile.plan.model import (
    AddRoute,
    AddRules,
    AssignAddress,
    BringUp,
    ConfigureDevice,
    CreateLink,
    Family,
    InstallFirewall,
    Peer,
    Plan,
    RunHook,
    SaveConfig,
    SetMark,
    SetResolver,
    SetSourceValidMark,
    SkipRoute,
    Step,
    TearDown,
)
from wgtranspile.plan.numbers import default_routes, numbers
from wgtranspile.plan.steps import FIRST_TABLE, Assumptions, plan

__all__ = [
    "FIRST_TABLE",
    "AddRoute",
    "AddRules",
    "AssignAddress",
    "Assumptions",
    "BringUp",
    "ConfigureDevice",
    "CreateLink",
    "Endpoint",
    "ExternalKey",
    "Family",
    "InstallFirewall",
    "Key",
    "Peer",
    "Phase",
    "Plan",
    "RunHook",
    "SaveConfig",
    "SetMark",
    "SetResolver",
    "SetSourceValidMark",
    "SkipRoute",
    "Step",
    "TearDown",
    "default_routes",
    "numbers",
    "plan",
]
