"""The stack most people begin with: pypdf, LangChain's splitter, sentence-transformers on the processor, Chroma.

Runs in an environment of its own: `python peer_langchain.py MODEL STORE FILE…`, settings as in LangChain's tutorials.
Prints one JSON object; importing and loading the model are measured apart from bringing the files in.
"""

# pyright: reportMissingImports=false

import json
import os
import resource
import sys
import time
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False", "TOKENIZERS_PARALLELISM": "false"}


def main(model: str, store: str, files: list[str]) -> None:
    began = time.perf_counter()
    from langchain_chroma import Chroma
    from langchain_community.document_loaders import PyPDFLoader, TextLoader
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    embeddings = HuggingFaceEmbeddings(model_name=model, model_kwargs={"device": "cpu"})
    embeddings.embed_query("warm up")
    chroma = Chroma(collection_name="bench", embedding_function=embeddings, persist_directory=store)
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    loaded, cpu = time.perf_counter(), _cpu()

    pages = chunks = 0
    for file in files:
        documents = (PyPDFLoader(file) if Path(file).suffix == ".pdf" else TextLoader(file, encoding="utf-8")).load()
        pieces = [piece for piece in splitter.split_documents(documents) if piece.page_content.strip()]
        chroma.add_documents(pieces)
        pages += len(documents)
        chunks += len(pieces)
    print(
        json.dumps(
            {
                "pages": pages,
                "chunks": chunks,
                "load_s": loaded - began,
                "wall_s": time.perf_counter() - loaded,
                "cpu_s": _cpu() - cpu,
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6),
            }
        )
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
