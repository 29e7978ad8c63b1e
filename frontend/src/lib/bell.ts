/** Two notes, made here: no file to load, none to be blocked. A browser makes no sound before its page was touched. */
export function ring(audio: AudioContext, pitches: readonly number[] = [660, 880]): void {
  pitches.forEach((pitch, at) => {
    const note = audio.createOscillator();
    const level = audio.createGain();
    const start = audio.currentTime + at * 0.22;
    note.frequency.value = pitch;
    level.gain.setValueAtTime(0, start);
    level.gain.linearRampToValueAtTime(0.2, start + 0.02);
    level.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
    note.connect(level).connect(audio.destination);
    note.start(start);
    note.stop(start + 0.5);
  });
}
