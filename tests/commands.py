"""What a command that a test ran answered."""

import subprocess


def well(answer: "subprocess.CompletedProcess[str]") -> str:
    """What one said that must do well."""
    assert answer.returncode == 0, f"{' '.join(map(str, answer.args))}:\n{answer.stdout}{answer.stderr}"
    return answer.stdout
