"""Every topic: who owns it, who reads it, its key, its partitions and its messages. All else derives from here.

An inbox carries commands to its owner; a journal carries its owner's facts. Records of an inbox are stamped
by the broker (LogAppendTime). Journals have neither a time nor a size limit: they are the truth.
Partition counts are fixed; a change is a new topic and a recorded cut-over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from schemas import batchwork, casework, checkpoint, intake, ledger, notification, policy
from schemas.base import Message
from schemas.partitioning import partition_of

COMPANY_PARTITIONS = 8
PROGRAMME_PARTITIONS = 4
MESSAGE_BYTES_MAX = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `key` names the field of every message that is its Kafka key."""

    name: str
    owner: str
    kind: Literal["inbox", "journal", "dead-letters"]
    key: str
    partitions: int
    readers: tuple[str, ...]
    messages: tuple[type[Message], ...] = ()
    replication: int = 3
    min_insync: int = 2

    def partition(self, key: str) -> int:
        """The partition of a key."""
        return partition_of(key, self.partitions)

    @property
    def config(self) -> Mapping[str, str]:
        """The broker's settings for this topic, as the Admin API names them."""
        return MappingProxyType(
            {
                "cleanup.policy": "delete",
                "retention.ms": "-1",
                "retention.bytes": "-1",
                "max.message.bytes": str(MESSAGE_BYTES_MAX),
                "min.insync.replicas": str(self.min_insync),
                "unclean.leader.election.enable": "false",
                "message.timestamp.type": "LogAppendTime",
                # A stranger's compressed batch, which a reader may lack the library for, is unpacked by the broker.
                "compression.type": "uncompressed",
            }
        )


INTAKE_COMMANDS = Topic(
    "intake-commands", "intake", "inbox", "company_id", COMPANY_PARTITIONS, ("intake",),
    (intake.RegisterCompany, intake.ConfirmGroup, intake.SubmitApplication),
)  # fmt: skip
APPLICATIONS = Topic(
    "applications", "intake", "journal", "company_id", COMPANY_PARTITIONS, ("intake",),
    (intake.CompanyRegistered, intake.GroupConfirmed, intake.ApplicationSubmitted, intake.CommandRepeated,
     intake.CommandRefused),
)  # fmt: skip
OPERATOR_COMMANDS = Topic(
    "operator-commands", "intake", "inbox", "desk", 1, ("intake",),
    (intake.RecordAct, intake.IssueToken, intake.RevokeToken),
)  # fmt: skip
OPERATOR_ACTS = Topic(
    "operator-acts", "intake", "journal", "desk", 1, ("intake", "policy", "ledger", "notification"),
    (intake.OperatorActed, intake.TokenIssued, intake.TokenRevoked, intake.ActRepeated,
     intake.ActRefused),
)  # fmt: skip
CASE_COMMANDS = Topic(
    "case-commands", "policy", "inbox", "company_id", COMPANY_PARTITIONS, ("policy",),
    (policy.Evaluate, policy.RecordGroup, policy.RecordOutcome, casework.ProposeDecision, casework.CountersignDecision,
     casework.ReturnDecision, casework.RequestInformation, casework.ProvideInformation, casework.WithdrawApplication,
     casework.CaseTick, casework.TakeCase, casework.LeaveCase, casework.GiveAdvice, casework.WithdrawAdvice,
     casework.RaiseFlag, casework.ClearFlag, casework.IssueIntent),
)  # fmt: skip
DECISIONS = Topic(
    "decisions", "policy", "journal", "company_id", COMPANY_PARTITIONS, ("intake", "policy"),
    (policy.ApplicationEvaluated, policy.ApplicationReferred, policy.ApplicationRefused, policy.ApplicationApproved,
     policy.ApplicationApprovedInPart, policy.AuthorisationIssued, policy.ApplicationSetAside,
     policy.GroupRecorded, policy.CaseCommandRefused, policy.CaseCommandRepeated, casework.CaseOpened,
     casework.DecisionProposed, casework.DecisionCountersigned, casework.DecisionReturned,
     casework.ApplicationReturned, casework.InformationRequested, casework.InformationReminded,
     casework.InformationProvided, casework.RequestLapsed, casework.ApplicationWithdrawn,
     casework.CaseTaken, casework.CaseLeft, casework.CaseEscalated, casework.AdviceGiven, casework.AdviceWithdrawn,
     casework.FlagRaised, casework.FlagCleared, casework.IntentIssued, casework.IntentClosed),
)  # fmt: skip
BATCH_COMMANDS = Topic(
    "batch-commands", "policy", "inbox", "programme_id", PROGRAMME_PARTITIONS, ("policy",),
    (policy.AddLines, policy.RecordEntry, policy.ReleaseBatch, policy.BatchTick, batchwork.SimulateBatch,
     batchwork.ProposeBatch, batchwork.CountersignBatch, batchwork.ReturnBatch),
)  # fmt: skip
BATCHES = Topic(
    "batches", "policy", "journal", "programme_id", PROGRAMME_PARTITIONS, ("intake",),
    (policy.BatchOpened, policy.LinesAdded, policy.LinesSetAside, policy.BatchReleased, policy.BatchPosted,
     policy.BatchRefused, policy.BatchClosed, policy.CapsNoted, policy.BatchCommandRefused,
     policy.BatchCommandRepeated, batchwork.BatchSimulated, batchwork.BatchProposed, batchwork.BatchCountersigned,
     batchwork.BatchReturned),
)  # fmt: skip
LEDGER_COMMANDS = Topic(
    "ledger-commands", "ledger", "inbox", "programme_id", PROGRAMME_PARTITIONS, ("ledger",),
    (ledger.DefineProgramme, ledger.DefineCap, ledger.GrantBatch, ledger.PlaceHold, ledger.ExtendHold,
     ledger.VoidHold, ledger.Draw, ledger.RecordLate, ledger.SetCumulative, ledger.Adjust, ledger.Contra,
     ledger.Revoke, ledger.Return, ledger.Surrender, ledger.Transfer, ledger.AcceptConditions, ledger.Suspend,
     ledger.Block, ledger.Reinstate, ledger.Freeze, ledger.Unfreeze, ledger.CloseProgramme, ledger.LedgerTick),
)  # fmt: skip
LEDGER_ENTRIES = Topic(
    "ledger-entries", "ledger", "journal", "programme_id", PROGRAMME_PARTITIONS, ("intake", "ledger"),
    (ledger.EntryRecorded,),
)  # fmt: skip
LEDGER_CHECKPOINTS = Topic(
    "ledger-checkpoints", "ledger", "journal", "origin", PROGRAMME_PARTITIONS, ("ledger",),
    (checkpoint.CheckpointSigned,),
)  # fmt: skip
"""Partition n is of partition n of the entries, whatever the key."""
NOTICE_COMMANDS = Topic(
    "notice-commands", "notification", "inbox", "recipient_id", COMPANY_PARTITIONS, ("notification",),
    (notification.RegisterRecipient, notification.Notify, notification.RecordDelivery),
)  # fmt: skip
NOTICES = Topic(
    "notices", "notification", "journal", "recipient_id", COMPANY_PARTITIONS, ("intake", "notification"),
    (notification.RecipientRegistered, notification.NoticeQueued, notification.NoticeDelivered,
     notification.NoticeFailed, notification.NoticeCommandRefused, notification.NoticeCommandRepeated),
)  # fmt: skip


def dead_letters(service: str) -> Topic:
    """The dead-letter topic of a service: original key, bytes and headers, plus why and where."""
    return Topic(f"{service}-dead-letters", service, "dead-letters", "", 1, ("intake", service))


SERVICES = ("intake", "policy", "ledger", "notification")
TOPICS: tuple[Topic, ...] = (
    INTAKE_COMMANDS, APPLICATIONS, OPERATOR_COMMANDS, OPERATOR_ACTS, CASE_COMMANDS, DECISIONS, BATCH_COMMANDS,
    BATCHES, LEDGER_COMMANDS, LEDGER_ENTRIES, LEDGER_CHECKPOINTS, NOTICE_COMMANDS, NOTICES,
    *map(dead_letters, SERVICES),
)  # fmt: skip

SENDERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "intake-commands": ("intake",),
        "operator-commands": ("intake",),
        "case-commands": ("intake", "policy"),
        "batch-commands": ("intake", "policy", "ledger"),
        "ledger-commands": ("intake", "policy", "ledger"),
        "notice-commands": ("intake", "policy", "ledger", "notification"),
    }
)
"""Who sends to each inbox: services whose reacts, ticks or senders do. Intake sends to all: the edge and replays do."""


def writers(topic: Topic) -> tuple[str, ...]:
    """The services that write to a topic; nobody else may. Journals and dead letters have their owner alone."""
    return SENDERS[topic.name] if topic.kind == "inbox" else (topic.owner,)


MESSAGES: Mapping[str, type[Message]] = MappingProxyType(
    {message.type: message for topic in TOPICS for message in topic.messages}
)
INBOX_OF: Mapping[str, Topic] = MappingProxyType(
    {message.type: topic for topic in TOPICS if topic.kind == "inbox" for message in topic.messages}
)
"""The inbox of each command's type: where a react is sent."""
