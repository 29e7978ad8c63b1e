"""Door contacts as they are sold: what ChirpStack and Zigbee2MQTT publish of them, and what each model's bytes say (docs/spec/observe.md).

None of it is signed: whatever is read here is a claim of a device that has no key of ours, and opens nothing.
"""
