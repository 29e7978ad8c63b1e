"""What can go wrong with the broker.

MqttError
├── BrokerUnusableError      our own broker can't be prepared: its folder, notes or port
├── BrokerStartError         it did not start
├── BrokerUnreachableError   no connection when one was needed
├── NoReplyError             a device did not answer in time
├── CertificateError         our certificate authority for the line can't sign
└── NotATopicError           a topic that isn't one of ours
"""


class MqttError(Exception):
    """Trouble with the broker; the message says what to do."""

    code = "mqtt"


class BrokerUnusableError(MqttError):
    """A folder, file or port of our own broker is not as we left it."""

    code = "broker-unusable"


class BrokerStartError(MqttError):
    """The broker ended, or never answered, while starting."""

    code = "broker-start"


class BrokerUnreachableError(MqttError):
    """There is no connection to the broker."""

    code = "broker-unreachable"


class NoReplyError(MqttError):
    """A device was asked and did not answer in time."""

    code = "device-no-reply"


class CertificateError(MqttError):
    """A key or certificate of the line is not there, or can't be read; the message says which and what to do."""

    code = "line-certificate"


class NotATopicError(MqttError):
    """Not a topic of ours."""

    code = "not-a-topic"
