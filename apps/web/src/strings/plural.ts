const rules = new Intl.PluralRules("en");
const lists = new Intl.ListFormat("en", { style: "long", type: "conjunction" });

/** Picks the form that fits a count. */
export function plural(count: number, forms: { readonly one: string; readonly other: string }): string {
  return rules.select(count) === "one" ? forms.one : forms.other;
}

/** "Ann, Bo and Dina". */
export function joinNames(names: readonly string[]): string {
  return lists.format(names).replace(", and ", " and ");
}
