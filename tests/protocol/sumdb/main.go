// An independent reader of our checkpoints and proofs: Go's own checksum-database packages.
// Reads one JSON object from its input; exits 0 and prints the checkpoint's text when all of it holds, 1 and why otherwise.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Key         string
	Checkpoint  string
	Older       string
	Record      []byte
	Index       int64
	Inclusion   [][]byte
	Consistency [][]byte
}

func fail(what string, err error) {
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		os.Exit(1)
	}
}

func hashes(list [][]byte) []tlog.Hash {
	out := make([]tlog.Hash, len(list))
	for i, item := range list {
		copy(out[i][:], item)
	}
	return out
}

func open(text string, verifiers note.Verifiers) (int64, tlog.Hash, string) {
	opened, err := note.Open([]byte(text), verifiers)
	fail("note", err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		fail("lines", fmt.Errorf("%d", len(lines)))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	fail("size", err)
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	fail("root", err)
	var root tlog.Hash
	copy(root[:], raw)
	return size, root, opened.Text
}

func main() {
	var asked question
	fail("question", json.NewDecoder(os.Stdin).Decode(&asked))
	verifier, err := note.NewVerifier(asked.Key)
	fail("key", err)
	verifiers := note.VerifierList(verifier)
	size, root, text := open(asked.Checkpoint, verifiers)
	olderSize, olderRoot, _ := open(asked.Older, verifiers)
	fail("inclusion", tlog.CheckRecord(hashes(asked.Inclusion), size, root, asked.Index, tlog.RecordHash(asked.Record)))
	fail("consistency", tlog.CheckTree(hashes(asked.Consistency), size, root, olderSize, olderRoot))
	fmt.Print(text)
}
