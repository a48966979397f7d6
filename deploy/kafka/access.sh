#!/bin/sh
# Made by `python -m deploy.generate.access` from schemas/catalogue.py. Usage, as a super user of Kafka:
#   sh access.sh --bootstrap-server kafka.example:9093 --command-config admin.conf
set -eu
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --operation Write --topic applications --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Write --topic batch-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --topic batches --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Write --topic case-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --topic decisions --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --operation Write --operation Create --topic greenlight-intake- --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --operation Write --topic intake-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --operation Write --topic intake-dead-letters --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Write --topic ledger-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --topic ledger-dead-letters --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --topic ledger-entries --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Write --topic notice-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --topic notices --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --topic notification-dead-letters --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --operation Write --topic operator-acts --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --operation Write --topic operator-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --topic policy-dead-letters --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --group greenlight-intake --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Read --group intake. --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Write --transactional-id applications- --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:intake --operation Write --transactional-id operator-acts- --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Write --topic batch-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Read --operation Write --operation Create --topic greenlight-ledger- --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Read --operation Write --topic ledger-checkpoints --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Read --operation Write --topic ledger-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Read --operation Write --topic ledger-dead-letters --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Read --operation Write --topic ledger-entries --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Write --topic notice-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Read --topic operator-acts --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Read --group greenlight-ledger --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Read --group ledger. --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Write --transactional-id ledger-checkpoints- --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:ledger --operation Write --transactional-id ledger-entries- --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:notification --operation Read --operation Write --operation Create --topic greenlight-notification- --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:notification --operation Read --operation Write --topic notice-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:notification --operation Read --operation Write --topic notices --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:notification --operation Read --operation Write --topic notification-dead-letters --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:notification --operation Read --topic operator-acts --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:notification --operation Read --group greenlight-notification --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:notification --operation Read --group notification. --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:notification --operation Write --transactional-id notices- --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Read --operation Write --topic batch-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Read --operation Write --topic batches --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Read --operation Write --topic case-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Read --operation Write --topic decisions --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Read --operation Write --operation Create --topic greenlight-policy- --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Write --topic ledger-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Write --topic notice-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Read --topic operator-acts --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Read --operation Write --topic policy-dead-letters --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Read --group greenlight-policy --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Read --group policy. --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Write --transactional-id batches- --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:policy --operation Write --transactional-id decisions- --resource-pattern-type prefixed
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic applications --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic batch-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic batches --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic case-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic decisions --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic intake-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic intake-dead-letters --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic ledger-checkpoints --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic ledger-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic ledger-dead-letters --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic ledger-entries --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic notice-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic notices --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic notification-dead-letters --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic operator-acts --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic operator-commands --resource-pattern-type literal
kafka-acls.sh "$@" --add --allow-principal User:topics --operation Create --operation Describe --operation DescribeConfigs --topic policy-dead-letters --resource-pattern-type literal
