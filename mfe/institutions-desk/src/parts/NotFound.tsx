import { Link } from 'react-router';

export function NotFound() {
  return (
    <section className="panel note">
      <h1>页面不存在</h1>
      <p>地址可能已变更或输入有误。</p>
      <Link to="/desk/directory">返回机构目录</Link>
    </section>
  );
}
