"""`make bench`: each figure against its peer or its limit, in the same run, as a table. One bench: `python -m bench gate`."""

import importlib
import sys

BENCHES = {
    "gate": "one exchange of a three-link chain, in CPU",
    "register": "act → entry → sequenced → receipt",
    "ingest": "signed events → stored, deduplicated, evaluated → signed receipt, at a rate",
    "deadlines": "5,000 deadlines due within one second: due → fired → handled",
    "lists": "a right is withdrawn: act committed → the new list at 50 relays that beat",
    "push": "one alert to 2,000 people: raised → last encrypted notification taken",
    "console": "15,000 devices on the console's map, 100 changes a second, in the test browser",
    "photos": "photographs of 12 megapixels made again, a second and core, beside bare Pillow",
    "reports": "200,000 reports: the queue, the public list, the map, duplicates close by",
    "intake": "50 reports a second with a photo of 12 megapixels: stored and queued",
    "streams": "200 streams of 2 Mbit/s through the relay, beside a process of ffmpeg for each",
    "looks": "an owner says yes → the first picture on the officer’s screen; a right ends → the last byte on the wire",
    "masks": "a camera of which part is hidden: what covering adds to a picture's way, and its processor, beside ffmpeg",
    "backup": "a backup and a restore of ten million register entries, beside bare pg_dump and pg_restore",
    "rounds": "a round of 50 places: its length beside the nearest neighbour's",
}


def main() -> int:
    """Runs the named benches, or all."""
    chosen = [name for name in sys.argv[1:] if not name.startswith("-")] or list(BENCHES)
    for name in chosen:
        if name not in BENCHES:
            sys.stderr.write(f"no such bench: {name}. There are {', '.join(BENCHES)}\n")
            return 2
    options = [option for option in sys.argv[1:] if option.startswith("-")]
    for name in chosen:
        print(f"\n## {name}: {BENCHES[name]}\n", flush=True)
        sys.argv = [f"bench/{name}", *options]
        importlib.import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
