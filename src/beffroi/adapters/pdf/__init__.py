"""Pages as PDF/UA: WeasyPrint, in a child program that may neither last, nor grow, nor reach anything."""
