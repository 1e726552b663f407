"""Language analysis of questions: types, dates, numbers, synonyms, coreference."""
