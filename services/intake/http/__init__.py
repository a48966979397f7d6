"""The HTTP edge by subject: no rule lives here, lanes decide and views show.

ports      what the edge stands on           gate       tokens and header limits, before any route
problems   RFC 9457 documents                routing    routes that read their body strictly
direct     calls those straight              measured   counts and times every answer
forms      what partners and officers send   reading    looking rows up, and waiting for the view
partners   companies and applications        programmes ledgers, accounts, entries, batches
operators  acts and tokens                   upkeep     verify, dead letters, rebuild, parked keys, services
pages      the documentation as one page     fields     schemas of its document as tables
examples   one good body per form            countries  codes that countries have
"""
