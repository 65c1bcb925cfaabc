"""The frozen values that cross the seam between the helpdesk and its plugins.

Nothing else may cross it: no database row, no Flask request, no HTTP response. All are keyword-only, so a new field
with a default breaks nobody. Two classes of libraries are named here on purpose: `ShowForm` carries a WTForms class,
and requests carry an HTTP session made by the helpdesk (time-outs, user agent), where tests may mount what they like.

Import them from here; the modules below only keep the story readable: `secret`, `workspaces`, `connecting`, `statuses`.
"""

from helpdesk_core.values.connecting import (
    Authorized,
    ConnectCallback,
    ConnectRequest,
    CopyField,
    Failed,
    FailureCode,
    Permission,
    Redirect,
    RefreshRequest,
    Revoked,
    SettingsCard,
    SetupRequest,
    ShowForm,
)
from helpdesk_core.values.secret import Secret, SettingsMap
from helpdesk_core.values.statuses import (
    ProjectDetail,
    ProjectRequest,
    RemoteKind,
    RemoteProject,
    RemoteStatus,
    StatusCategory,
    Suggestion,
    SuggestRequest,
    SystemStatus,
    TicketStatus,
    Vocabulary,
)
from helpdesk_core.values.workspaces import Account, ConnectionView, Credentials, Workspace

__all__ = [
    "Account",
    "Authorized",
    "ConnectCallback",
    "ConnectRequest",
    "ConnectionView",
    "CopyField",
    "Credentials",
    "Failed",
    "FailureCode",
    "Permission",
    "ProjectDetail",
    "ProjectRequest",
    "Redirect",
    "RefreshRequest",
    "RemoteKind",
    "RemoteProject",
    "RemoteStatus",
    "Revoked",
    "Secret",
    "SettingsCard",
    "SettingsMap",
    "SetupRequest",
    "ShowForm",
    "StatusCategory",
    "SuggestRequest",
    "Suggestion",
    "SystemStatus",
    "TicketStatus",
    "Vocabulary",
    "Workspace",
]
