"""Writes test/oracle/factor/documents.json: scikit-learn's counts and tf-idf of a few texts."""
import json
import os

from sklearn import __version__
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

texts = [
    'The cat sat on the mat; the mat was red.',
    "Don't feed the dog: the dog's fed!",
    'Été à Paris, 42 cats & a dog_house',
    'a b c',
    'Cats and dogs, dogs and cats',
]
more = ['the red dog', 'nothing known', '']
cases = []
for name, maker, options, ours in [
    ('tf-idf', TfidfVectorizer, {}, {}),
    ('tf-idf, not smoothed', TfidfVectorizer, {'smooth_idf': False}, {'smoothIdf': False}),
    ('sublinear, l1', TfidfVectorizer, {'sublinear_tf': True, 'norm': 'l1'}, {'sublinear': True, 'norm': 'l1'}),
    ('no norm, some terms', TfidfVectorizer, {'norm': None, 'min_df': 2, 'max_df': 0.7}, {'norm': 'none', 'minDocuments': 2, 'maxDocuments': 0.7}),
    ('most frequent', TfidfVectorizer, {'max_features': 4}, {'maxTerms': 4}),
    ('stop words', TfidfVectorizer, {'stop_words': ['the', 'and']}, {'stopWords': ['the', 'and']}),
    ('counts', CountVectorizer, {}, {'tfidf': False}),
]:
    model = maker(**options)
    x = model.fit_transform(texts).toarray()
    cases.append({
        'name': name,
        'options': ours,
        'terms': model.get_feature_names_out().tolist(),
        'x': x.tolist(),
        'more': model.transform(more).toarray().tolist(),
    })
path = os.path.join(os.path.dirname(__file__), '..', '..', 'test', 'oracle', 'factor')
os.makedirs(path, exist_ok=True)
with open(os.path.join(path, 'documents.json'), 'w', encoding='utf8') as file:
    json.dump({'sklearn': __version__, 'texts': texts, 'others': more, 'cases': cases}, file)
