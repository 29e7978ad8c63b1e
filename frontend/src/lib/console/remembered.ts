/** What somebody set for this browser: small lists of words, kept where the browser keeps such things. */
export class Remembered {
  constructor(private readonly store: Storage) {}

  has(list: string, word: string): boolean {
    return this.words(list).includes(word);
  }

  set(list: string, word: string, there: boolean): void {
    const others = this.words(list).filter((one) => one !== word);
    this.store.setItem(`console-${list}`, [...others, ...(there ? [word] : [])].join(" "));
  }

  private words(list: string): string[] {
    return (this.store.getItem(`console-${list}`) ?? "").split(" ").filter((word) => word !== "");
  }
}
